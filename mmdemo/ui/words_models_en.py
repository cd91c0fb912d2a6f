"""English sentences about models: the fold below the tabs."""

EN = {
    "models.open": "{status}. Show all models",
    "models.title": "Models: what is here, how good and how fast, what can be fetched",
    "models.here": "On this computer",
    "models.here_told": (
        "A model is what was learned from examples. These work without a network. Those that you "
        "trained or brought back are shown to you alone."
    ),
    "models.built_in": "built in",
    "models.own": "yours",
    "models.kind_classifier": "names labels",
    "models.kind_matcher": "finds by sentence",
    "models.use_classifier": "Names one of: {labels}.",
    "models.use_matcher": "Finds pictures and moments of videos that fit a sentence (Retrieval).",
    "models.size": "On disk",
    "models.mb": "{mb} MB, beside the encoders that came with the install",
    "models.languages": "Reads",
    "models.language_en": "English",
    "models.language_own": "the language of the texts that it was trained on",
    "models.licence": "Licence",
    "models.licence_own": "yours; made from {parts}",
    "models.licence_none": "not stated",
    "models.speed": "Speed here",
    "models.measure": "Measure on this computer",
    "models.measuring": "Measuring: each input six times ...",
    "models.measure_failed": "This model could not be measured; see the log.",
    "models.speed_classifier": (
        "a sentence {text} ms, a face {picture} ms, both {both} ms (thousandths of a second; "
        "middle of five, finding the face not counted)"
    ),
    "models.speed_matcher": (
        "a sentence {text} ms, a picture or second of video {picture} ms (thousandths of a second; "
        "middle of five, reading the file not counted)"
    ),
    "models.figures": "How good it is: figures of its card",
    "models.figures_told": "Measured on samples that it did not learn from. 0.68 means 68 of 100.",
    "models.card": "Model card: how it was made, and its limits (English)",
    "models.presets": "Kinds of model to teach",
    "models.presets_told": (
        "What “Teach it” can start from (step 2, Base model). Some need weights, numbers that "
        "others learned from millions of texts and pictures, which are too large to come with the "
        "install. They are fetched once, when you ask for it; afterwards no network is needed."
    ),
    "models.ready": "ready",
    "models.needs_weights": "needs weights",
    "preset.compact": (
        "MiniLM for texts and EfficientNet-Lite0 for pictures: small, quick, and built in. Fits "
        "most tasks. Texts in English."
    ),
    "preset.classic": (
        "BERT for texts and VGG16 for pictures, tuned as a whole: the classic pair of research "
        "papers. Large and slow without a graphics card. Texts in English."
    ),
    "preset.scratch": (
        "An LSTM for texts and a small network for pictures, both learned from your samples alone: "
        "nothing to fetch, any language written with blanks, but it needs thousands of samples."
    ),
    "preset.clip": (
        "CLIP, trained on pictures with their captions from the web: good at everyday pictures it "
        "has no labels for. Texts in English."
    ),
    "models.weights": "{size} MB · licence {licence} · {repo}",
    "models.state_here": "here",
    "models.state_absent": "not here yet",
    "models.state_fetching": "being fetched",
    "models.state_stopped": "stopped",
    "models.state_failed": "not fetched",
    "models.so_far": "{done} of {size} MB",
    "models.kept": "What has arrived is kept.",
    "models.fetch": "Fetch {size} MB from {host}",
    "models.go_on": "Go on fetching {size} MB from {host}",
    "models.stop": "Stop fetching",
    "models.forbidden": (
        "Fetching is turned off on this host. Run mmdemo on your own computer to use this one."
    ),
    "term.macro_f1": "Macro F1",
    "told.macro_f1": (
        "Counts both kinds of mistake, what was missed and what was wrongly named: 1 is perfect. "
        "“Macro” means that every label counts the same, rare ones too."
    ),
    "term.recall_at": "R@1, R@5, R@10",
    "told.recall_at": (
        "In how many of 100 searches the right one came first, was among the first five, or among "
        "the first ten. “Median rank”: its usual place."
    ),
}
