"""Every English sentence of the Retrieval tab."""

EN = {
    "tab.retrieval": "Retrieval",
    "side.moment": "Find a moment",
    "side.sentence": "Find the sentence",
    # library
    "lib.model": "Model that compares",
    "lib.model_info": (
        "Each model makes numbers of its own: with another one, files are indexed again. What the "
        "others indexed is kept."
    ),
    "lib.drop": "Drop videos or pictures here",
    "lib.limits": (
        "Videos up to {minutes} minutes and {mb} MB; {share} GB in all. They stay on this computer."
    ),
    "lib.title": "Your library",
    "lib.title_pictures": "Your library ({count})",
    "lib.title_full": "Your library ({count}), {length} of video",
    "lib.empty_title": "Nothing here yet",
    "lib.empty": "Drop your videos above. Or click an example: it brings a short video along.",
    "lib.picture": "picture",
    "lib.state_ready": "ready",
    "lib.state_other_model": "indexed with another model",
    "lib.remove": "Remove {name} from the library",
    "lib.really": "Remove {name}?",
    "lib.remove_yes": "Remove",
    "lib.remove_no": "Keep",
    "lib.problems": "Left out: {count}",
    "lib.more_problems": "and {count} more",
    "lib.indexing": "Looking at {number} of {total}: {name}",
    "lib.progress": "Indexing",
    "lib.goes_on": "You can search what is ready, and close this page: it goes on.",
    "lib.stop": "Stop",
    "lib.stopped": "Stopped: {done} of {total} are ready.",
    "lib.resume": "Go on",
    "lib.other_model": (
        "Some files were indexed with another model. Its numbers cannot be compared with those of "
        "today's model, so these files are not searched."
    ),
    "lib.index_again": "Index them again with this model",
    # question
    "find.query": "What should be seen (English)",
    "find.query_hint": "for example: a dog running in the snow",
    "find.run": "Search",
    "find.running": "Searching ...",
    "find.but_not": "But not (optional)",
    "find.but_not_hint": "for example: a person",
    "find.scope": "Look in",
    "find.everywhere": "all videos and pictures",
    "find.examples": "Examples: one click searches",
    "tip.title": "How to ask",
    "tip.caption": (
        "Write it like a caption: “a man rides a bicycle down a street” finds more than “bicycle”."
    ),
    "tip.one": "One scene per sentence. What must not be there goes into “But not”.",
    "tip.seen": "Only what can be seen counts: no names, no sounds, no written words.",
    "tip.large": "What fills much of the picture is found best; small things far away are missed.",
    "tip.english": "The built-in model reads English.",
    # moments
    "find.results": "Moments",
    "find.empty_title": "The moments that fit appear here",
    "find.empty": (
        "Add videos to your library and say what should be seen. Each moment can be played, "
        "trimmed and downloaded."
    ),
    "find.working": "Comparing your sentence with every scene ...",
    "find.title": "“{query}”",
    "find.title_not": "but not “{but_not}”",
    "find.like_title": "Looks like {name}",
    "find.count_one": "One moment.",
    "find.count": "{first}\N{EN DASH}{last} of {total}, best first.",
    "find.do": "Click a picture to play, trim or download it, and to see why it fits.",
    "find.do_stills": "Click one to see it large, and why it fits.",
    "find.pages": "Pages",
    "find.page": "Page {page} of {pages}",
    "find.before": "Previous",
    "find.after": "Next",
    "find.play": "Play {name} from {start} to {end}: {strength} match",
    "find.show": "Show {name}: {strength} match",
    "find.similar": "Find similar",
    "find.nothing": "Nothing here fits that sentence well",
    "find.nothing_hint": (
        "Every scene in your library fits it no better than it fits sentences about something "
        "else. Say it in other words, leave details out, or add more videos."
    ),
    "find.nothing_like": "Nothing else here looks much like it",
    "find.nothing_like_hint": "Show the closest all the same, or add more videos and pictures.",
    "find.closest": "Show the closest all the same",
    "find.make_table": "All moments as CSV",
    "find.make_json": "All moments as JSON",
    "find.made_table": "Download the CSV again",
    "find.made_json": "Download the JSON again",
    "strength.strong": "strong",
    "strength.fair": "fair",
    "strength.weak": "weak",
    "strength.none": "does not fit",
    # an opened moment
    "moment.close": "Close, back to the moments",
    "moment.fit": "Fit",
    "moment.chart": "How well it fits over time",
    "moment.chart_hint": "Click to play from there; arrow keys move. Shaded: the chosen clip.",
    "moment.readout": "Point at the curve to see how well each second fits.",
    "moment.high": "fits",
    "moment.low": "no",
    "moment.fits_high": "fits well",
    "moment.fits_middle": "fits partly",
    "moment.fits_low": "does not fit",
    "moment.working": "Working out where in the video and in the picture it fits ...",
    "trim.title": "Download a clip",
    "trim.hint": "Move the ends; the player shows where you are.",
    "trim.start": "Start",
    "trim.end": "End",
    "trim.start_here": "Start where the player is",
    "trim.end_here": "End where the player is",
    "trim.play": "Play the clip",
    "trim.download": "Download the clip",
    "trim.cutting": "Cutting the clip:",
    "trim.again": "Download the clip again",
    "where.title": "Where in the picture",
    "where.hint": "Click a word to see where it was seen.",
    "where.word_label": "Where “{word}” was seen",
    "where.frame": "The best frame, at {time}",
    "where.picture": "The picture",
    "where.all": "What fits your sentence",
    "where.word": "What fits “{word}”",
    # the other direction
    "fit.video": "Video or picture",
    "fit.video_hint": "From your library",
    "fit.text": "Sentences, one a line (English); leave empty for suggestions",
    "fit.text_hint": "a dog plays in the snow\na child reads a book",
    "fit.run": "Which fits best?",
    "fit.running": "Comparing ...",
    "fit.results": "Sentences",
    "fit.working": "Comparing every sentence with every scene of the video ...",
    "fit.empty_title": "The sentences that fit appear here",
    "fit.empty": (
        "Choose a video and write a few sentences: they are ranked by how well they fit. "
        "Without sentences you get suggested tags."
    ),
    "fit.ranked": "What fits {name}",
    "fit.ranked_hint": "Best first. The time is where in the video it fits best.",
    "fit.guess": (
        "The model reads English. Where a sentence is in another language, its place is a guess: "
        "write it in English."
    ),
    "fit.suggested": "Suggested tags for {name}",
    "fit.suggested_hint": (
        "Suggestions from a built-in list of phrases, closest first. They may be wrong."
    ),
    "fit.at": "at {time}",
    "fit.look": "Show",
    "fit.open": "Play at {time}: {sentence}",
    "fit.show": "Show the picture: {sentence}",
    # errors
    "error.empty_query": "There is nothing to search for yet: write what should be seen.",
    "error.no_item": "There is no video yet: add one to your library first.",
}
