"""Chinese sentences about models: the fold below the tabs, and what fetching can say."""

ZH = {
    "models.open": "{status}。查看所有模型",
    "models.title": "模型：这里有哪些、有多好、有多快、可以下载哪些",
    "models.here": "这台电脑上的模型",
    "models.here_told": (
        "模型就是从样本中学到的东西。下面这些不需要网络。你训练的或带回的模型只有你自己能看到。"
    ),
    "models.built_in": "内置",
    "models.own": "你的",
    "models.kind_classifier": "给出标签",
    "models.kind_matcher": "按句子查找",
    "models.use_classifier": "给出其中之一：{labels}。",
    "models.use_matcher": "查找符合一句话的图片和视频片段（检索）。",
    "models.size": "占用磁盘",
    "models.mb": "{mb} MB，不包括随安装包提供的编码器",
    "models.languages": "能读的语言",
    "models.language_en": "英文",
    "models.language_own": "训练文本所用的语言",
    "models.licence": "许可证",
    "models.licence_own": "归你所有；由 {parts} 制成",
    "models.licence_none": "未说明",
    "models.speed": "在这里的速度",
    "models.measure": "在这台电脑上测量",
    "models.measuring": "正在测量：每种输入六次……",
    "models.measure_failed": "无法测量这个模型；请查看日志。",
    "models.speed_classifier": (
        "一句话 {text} 毫秒，一张人脸 {picture} 毫秒，两者一起 {both} 毫秒"
        "（五次的中间值，不含查找人脸的时间）"
    ),
    "models.speed_matcher": (
        "一句话 {text} 毫秒，一张图片或一秒视频 {picture} 毫秒（五次的中间值，不含读取文件的时间）"
    ),
    "models.figures": "有多好：模型卡里的数字（英文）",
    "models.figures_told": "用它没有学过的样本测得。0.68 表示 100 个里有 68 个。",
    "models.card": "模型卡：怎样制成、有哪些局限（英文）",
    "models.presets": "可以用来训练的模型种类",
    "models.presets_told": (
        "“教它”可以从这些开始（第 2 步“基础模型”）。有些需要权重，也就是别人从数百万文本和图片中"
        "学到的数字，太大而无法随安装包提供。只有你要求时才下载一次，之后不再需要网络。"
    ),
    "models.ready": "可用",
    "models.needs_weights": "需要权重",
    "preset.compact": (
        "文字用 MiniLM，图片用 EfficientNet-Lite0：小、快、内置。适合大多数任务。文字用英文。"
    ),
    "preset.classic": (
        "文字用 BERT，图片用 VGG16，整体训练：论文中的经典组合。没有显卡时又大又慢。文字用英文。"
    ),
    "preset.scratch": (
        "文字用 LSTM，图片用一个小网络，都只从你的样本中学习：不需要下载，"
        "适用于词与词之间有空格的任何语言，但需要成千上万个样本。"
    ),
    "preset.clip": ("CLIP，用网上的图片及其说明文字训练：擅长没有标签的日常图片。文字用英文。"),
    "models.weights": "{size} MB · 许可证 {licence} · {repo}",
    "models.state_here": "已在这里",
    "models.state_absent": "还不在这里",
    "models.state_fetching": "正在下载",
    "models.state_stopped": "已停止",
    "models.state_failed": "没有下载成功",
    "models.so_far": "{done} / {size} MB",
    "models.kept": "已下载的部分会保留。",
    "models.fetch": "从 {host} 下载 {size} MB",
    "models.go_on": "继续从 {host} 下载 {size} MB",
    "models.stop": "停止下载",
    "models.forbidden": "这台主机关闭了下载。请在自己的电脑上运行 mmdemo 来使用它。",
    "term.macro_f1": "Macro F1",
    "told.macro_f1": (
        "同时计算漏掉的和认错的两种错误：1 为完美。“macro”表示每个标签同样重要，少见的也一样。"
    ),
    "term.recall_at": "R@1、R@5、R@10",
    "told.recall_at": (
        "100 次检索中，正确的一个排在第一、前五或前十的次数。“median rank”是它通常的名次。"
    ),
}

MESSAGES = {
    # models from a hub: mmdemo.models.hub_fetch, hub_process
    "hub": "无法从模型库取得这个模型。",
    "hub_no_weights": "“{repo}”里没有 mmdemo 能读的权重（config.json 和 model.safetensors）。",
    "hub_gated": "“{repo}”只提供给接受其条款的人：请在它的网页上接受条款并登录后再试。",
    "hub_unknown": "模型库里没有“{repo}”，或者它是私有的。",
    "hub_refused": "模型库拒绝了“{repo}”。请稍后再试。",
    "hub_broken": "“{repo}”的一个文件在下载中损坏。请再试一次。",
    "hub_unreachable": (
        "无法下载“{repo}”：连不上模型库。请连接网络后再试；已下载的部分会保留。内置模型照常可用。"
    ),
    "hub_died": "“{repo}”的下载中断了；请查看日志。已下载的部分会保留，请再试一次。",
    "hub_forbidden": "这里关闭了从页面下载的功能；内置模型照常可用。",
}
