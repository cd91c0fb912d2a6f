"""Every Chinese sentence of the Retrieval tab."""

ZH = {
    "tab.retrieval": "检索",
    "side.moment": "找时刻",
    "side.sentence": "找句子",
    # library
    "lib.model": "用来比较的模型",
    "lib.model_info": (
        "每个模型有自己的数值：换一个模型就要重新建立索引。其他模型建立的索引会保留。"
    ),
    "lib.drop": "把视频或图片拖到这里",
    "lib.limits": "视频最长 {minutes} 分钟、{mb} MB；总共 {share} GB。文件只留在这台电脑上。",
    "lib.title": "你的资料库",
    "lib.title_full": "你的资料库（{count}），视频共 {length}",
    "lib.empty_title": "这里还没有内容",
    "lib.empty": "把视频拖到上方。也可以点一个示例：它会自带一段短视频。",
    "lib.picture": "图片",
    "lib.state_ready": "可搜索",
    "lib.state_other_model": "由另一个模型建立索引",
    "lib.remove": "从资料库移除 {name}",
    "lib.really": "移除 {name}？",
    "lib.remove_yes": "移除",
    "lib.remove_no": "保留",
    "lib.problems": "未收录：{count} 个",
    "lib.more_problems": "另有 {count} 个",
    "lib.indexing": "正在看第 {number} 个（共 {total} 个）：{name}",
    "lib.progress": "建立索引",
    "lib.goes_on": "已完成的部分可以先搜索；关闭页面也会继续。",
    "lib.stop": "停止",
    "lib.stopped": "已停止：{total} 个中有 {done} 个可搜索。",
    "lib.resume": "继续",
    "lib.other_model": (
        "有些文件是由另一个模型建立索引的，其数值无法与现在的模型比较，因此不会被搜索。"
    ),
    "lib.index_again": "用这个模型重新建立索引",
    # question
    "find.query": "画面里应当看到什么（英文）",
    "find.query_hint": "例如：a dog running in the snow",
    "find.run": "搜索",
    "find.running": "正在搜索……",
    "find.but_not": "但不要（可选）",
    "find.but_not_hint": "例如：a person",
    "find.scope": "范围",
    "find.everywhere": "全部视频和图片",
    "find.examples": "示例：点一下即搜索",
    "tip.title": "怎样提问",
    "tip.caption": (
        "像写图片说明那样写：“a man rides a bicycle down a street”比“bicycle”更容易找到。"
    ),
    "tip.one": "一句话写一个场景。不该出现的内容写进“但不要”。",
    "tip.seen": "只有看得见的内容才算数：名字、声音、文字都不算。",
    "tip.large": "占画面较大的东西最容易找到；远处的小东西容易漏掉。",
    "tip.english": "内置模型读的是英文。",
    # moments
    "find.results": "时刻",
    "find.empty_title": "符合的时刻会显示在这里",
    "find.empty": "把视频加入资料库，再写下应当看到什么。每个时刻都可以播放、剪取和下载。",
    "find.working": "正在把句子与每个场景比较……",
    "find.title": "“{query}”",
    "find.title_not": "但不要“{but_not}”",
    "find.like_title": "与 {name} 相像",
    "find.count_one": "一个时刻。",
    "find.count": "第 {first}\N{EN DASH}{last} 个，共 {total} 个，最符合的在前。",
    "find.do": "点图片即可播放、剪取或下载，并看到它为什么符合。",
    "find.pages": "翻页",
    "find.page": "第 {page} 页，共 {pages} 页",
    "find.before": "上一页",
    "find.after": "下一页",
    "find.play": "播放 {name}，{start} 到 {end}：符合程度{strength}",
    "find.show": "查看 {name}：符合程度{strength}",
    "find.similar": "找相似",
    "find.nothing": "这里没有很符合这句话的内容",
    "find.nothing_hint": (
        "资料库里的场景与这一句并不比与毫不相干的句子更接近。请换个说法，去掉细节，或添加更多视频。"
    ),
    "find.closest": "仍然显示最接近的",
    "find.make_table": "全部时刻 CSV",
    "find.make_json": "全部时刻 JSON",
    "find.made_table": "再次下载 CSV",
    "find.made_json": "再次下载 JSON",
    "strength.strong": "强",
    "strength.fair": "中",
    "strength.weak": "弱",
    "strength.none": "不符合",
    # an opened moment
    "moment.close": "关闭，回到时刻列表",
    "moment.fit": "符合程度",
    "moment.chart": "随时间变化的符合程度",
    "moment.chart_hint": "点击即从那里播放；方向键可移动。阴影部分：所选片段。",
    "moment.readout": "指向曲线可查看每一秒的符合程度。",
    "moment.high": "符合",
    "moment.low": "不符",
    "moment.fits_high": "很符合",
    "moment.fits_middle": "部分符合",
    "moment.fits_low": "不符合",
    "moment.working": "正在计算视频中的哪里、画面中的哪里符合……",
    "trim.title": "下载片段",
    "trim.hint": "移动两端；播放器会显示所在位置。",
    "trim.start": "起点",
    "trim.end": "终点",
    "trim.start_here": "以播放位置为起点",
    "trim.end_here": "以播放位置为终点",
    "trim.play": "播放片段",
    "trim.download": "下载片段",
    "trim.cutting": "正在剪取片段：",
    "trim.again": "再次下载片段",
    "where.title": "画面中的位置",
    "where.hint": "点一个词，查看它出现在哪里。",
    "where.word_label": "“{word}”出现在哪里",
    "where.frame": "最符合的一帧，{time}",
    "where.picture": "图片",
    "where.all": "符合整句话的部分",
    "where.word": "符合“{word}”的部分",
    # the other direction
    "fit.video": "视频或图片",
    "fit.video_hint": "来自你的资料库",
    "fit.text": "句子，每行一句（英文）；留空则给出建议",
    "fit.text_hint": "a dog plays in the snow\na child reads a book",
    "fit.run": "哪句最符合？",
    "fit.running": "正在比较……",
    "fit.results": "句子",
    "fit.working": "正在把每句话与视频的每个场景比较……",
    "fit.empty_title": "符合的句子会显示在这里",
    "fit.empty": "选择一段视频，写几句话：会按符合程度排序。不写句子则给出建议标签。",
    "fit.ranked": "最符合 {name} 的句子",
    "fit.ranked_hint": "最符合的在前。时间是视频中最符合的地方。",
    "fit.suggested": "给 {name} 的建议标签",
    "fit.suggested_hint": "来自内置短语表的建议，最接近的在前；可能不准。",
    "fit.at": "在 {time}",
    "fit.look": "查看",
    "fit.open": "从 {time} 播放：{sentence}",
    "fit.show": "查看图片：{sentence}",
    # errors
    "error.empty_query": "还没有可搜索的内容：请写下应当看到什么。",
    "error.no_item": "还没有视频：请先把一段视频加入资料库。",
}

# what errors and notes say, by their code (see words_told.py)
TOLD = {
    "storage": "没有空间了。请移除不再需要的文件后再试。",
    "storage_quota": (
        "这需要 {needed} MB，而你的 {limit} MB 已用去 {used} MB。"
        "请移除不再需要的视频、数据集或模型。"
    ),
    "storage_disk": "磁盘快满了：剩余 {free} MB，而必须留出 {limit} MB。请腾出空间后再试。",
    "storage_write": "{name} 无法保存：磁盘已满或无法写入。请腾出空间后再试。",
    "storage_unwritable": (
        "无法为你的文件建立文件夹（{reason}）。请腾出磁盘空间，"
        "或把 MMDEMO_DATA_ROOT 设为可写入的文件夹。"
    ),
    # mmdemo.data.library
    "library": "无法使用这个资料库。请把视频重新加入。",
    "item_gone": "{name} 已不在原处，无法播放。请重新添加。",
    "library_missing": "{name} 里没有资料库。请先加入一些视频或图片。",
    "library_not_one": "{name} 不是资料库。请指定资料库的文件夹，或一个新文件夹。",
    "library_format": "{name} 里的资料库由另一个版本的 mmdemo 建立。请用新的文件夹重新建立索引。",
    "library_item_gone": "它已不在资料库里。请重新载入页面。",
    "library_damaged": (
        "{name} 里的资料库已损坏或无法读取。请用新的文件夹重新建立索引；视频本身没有变动。"
    ),
    "library_disk_full": "磁盘已满。已建立的索引都保留；请腾出空间后继续。",
    "library_unwritable": "无法写入资料库文件夹 {name}。请换一个文件夹，或更改它的权限。",
    # mmdemo.services.retrieval
    "library_empty": "资料库还是空的。请先加入一些视频或图片。",
    "library_other_model": (
        "这个资料库由模型“{others}”建立索引，而现在用的是“{model}”；两个模型的数值无法比较。"
        "请重新建立索引，或选用那个模型。"
    ),
    "library_nothing_given": "其中没有图片或视频。请选择一些文件。",
    "library_file_gone": "{name} 已不在原处。请重新添加：会认出它，不必重新计算。",
    "library_file_changed": "{name} 在那里已没有画面；请重新建立索引。",
    "library_file_missing": "{name} 无法读取。请重新选择。",
    "library_file_kind": "{name} 既不是这里能读的视频，也不是图片。",
    "note.library_renamed": "{name} 已在资料库中（原名 {before}）；只改了名字。",
    "note.library_known": "{name} 已在资料库中。",
    "retrieval_empty_query": "还没有可搜索的内容：请写一个词或一句话。",
    "retrieval_no_sentences": "还没有句子：请每行写一句。",
    "note.retrieval_foreign": (
        "这看起来是{language}。模型读的是英文，因此找到的只是猜测：请用英文写。"
    ),
    "note.long_query": "文字超出模型能读的长度；只读了开头。",
    "clip_short": "片段会短于 {least:g} 秒。请把两端拉开。",
    "clip_no_picture": "{name} 在这一段没有画面。请换一段。",
    "matcher_gone": "这个模型已不在这里。请选择另一个。",
    "library_indexing": "正在建立索引。请等待或停止它，然后再选择另一个模型。",
    "library_file_name": "{name} 的路径里有不是文字的符号。请重命名文件或文件夹后再选。",
}
