"""What errors and notes about datasets and training say in Chinese, by their code.

See words_messages_zh.py for how they are found; the English sentence comes with the error itself.
"""

MESSAGES = {
    # the upload: mmdemo.ui.finetune_uploads, mmdemo.data.workspaces
    "upload_name": "文件名“{name}”无法使用。请改名后重新添加。",
    "upload_none": "还没有数据集：请添加一个 zip、一个表格连同文件，或一个文件夹。",
    # zip files: mmdemo.data.archive
    "zip_broken": "{name} 不是能打开的 zip 文件，或已损坏。请重新打包，并确认上传完整。",
    "zip_password": "{name} 有密码保护。请重新打包，不要设密码。",
    "zip_path": "{name} 被拒绝：其中的条目“{entry}”指向压缩包之外。请从存放文件的文件夹重新打包。",
    "zip_bomb": "{name} 被拒绝：其中有条目解压后异常巨大，与“zip 炸弹”相同。",
    "zip_bytes": "{name} 太大；zip 文件最多 {limit:g} MB。请去掉一些文件，或缩小图片。",
    "zip_unpacked": "{name} 解压后超过 {limit:g} MB。请减小它，例如缩小图片。",
    "zip_entries": "{name} 的条目超过 {limit} 个。请拆分，或去掉一些文件。",
    # datasets: mmdemo.data.dataset
    "dataset_missing": "指定的位置没有 {name}。请检查数据集的名字。",
    "dataset_unreadable": "{name} 无法读取。请检查后再试。",
    "dataset_kind": "{name} 不是数据集。请给出一个 zip 文件、一个文件夹或一个 CSV。",
    "dataset_other_table": "{name} 是另一种格式的表格。请把它另存为 CSV（UTF-8）后再试。",
    "dataset_tables": "没有 data.csv，却有好几个其他表格：{found}。请把要用的那个改名为 data.csv。",
    "dataset_empty": (
        "{name} 里没有可用的样本。应当是一个含 text、image 或 video、label 列的表格连同文件，"
        "或每个标签一个文件夹。（{first}）"
    ),
    # tables: mmdemo.data.tables, rows
    "table_empty": "{name} 是空的。第一行必须是列名，例如：text,label",
    "table_header": "{name} 的第一行有一个未闭合的引号，因此读不出列名。请补上引号后再试。",
    "table_bytes": "{name} 超过 {limit} MB。请拆成几个较小的表格。",
    "table_unreadable": "{name} 无法读取。请检查文件后再试。",
    "table_rows": "表格超过 {limit} 行。请拆成几个较小的表格。",
    "columns": (
        "没有认出含文字、图片或视频的列。找到的列：{found}。请给列改名，或选择哪一列是什么。"
    ),
    "column_missing": "没有名为“{name}”的列。找到的列：{found}。",
    "dataset_files": "数据集有 {n} 个文件；最多读 {limit} 个。请拆分，或去掉一些文件。",
    "dataset_bytes": "数据集有 {size} MB；最多读 {limit:g} MB。请减小它，例如缩小图片。",
    "dataset_busy": "正在用这个数据集训练。请先停止训练，再删除数据集。",
    "dataset_gone": "这个数据集已经不在了。请重新添加。",
    "run_gone": "这次训练已经不在了。请重新训练。",
    "run_busy": "“{name}”正在训练。请先停止，再删除。",
    "label_empty": "第 {row} 行的标签是空的。请写一个标签。",
    "label_unusable": "第 {row} 行的标签无法使用。请写一个不含“|”、最多 {limit} 个字符的标签。",
    "row_unknown": "这个数据集没有第 {row} 行，因此无法改正它的标签。",
    "video_broken": "{name} 没有画面。",
    # what can be trained on: mmdemo.services.finetune.checks, job
    "no_labels": "{name} 没有标签，因此没有什么可学。请加一列 label，或选择哪一列是标签。",
    "note.few_pairs": "只有 {n} 对文字和图片（或视频），太少了。请再添加一些。",
    "note.no_single_label": "没有一个样本恰好有一个标签，因此没有什么可学。请给每个样本一个标签。",
    "note.one_class": "所有样本的标签都是“{label}”。至少需要两个不同的标签。",
    "note.class_of_one": "样本太少的标签：{labels}。请添加样本，或给这些样本换一个标签。",
    "note.small_classes": "{labels} 的样本很少：少于 {recommended} 个时很难学会。",
    "note.imbalance": (
        "“{most}”有 {n} 个样本，“{least}”只有 {m} 个。模型很少会回答“{least}”；"
        "请为它添加样本，或打开“让少见的标签更受重视”。"
    ),
    "note.contradictions": "有 {n} 个样本多次出现且标签不同，最先在第 {rows} 行。请改正标签。",
    "note.across_splits": (
        "有 {n} 个样本同时在训练和测试中，最先在第 {rows} 行。训练中的那一份会去掉，"
        "这样得分才可信。"
    ),
    "note.foreign_texts": "许多文字是{languages}。模型读的是英文，从中学不到多少。",
    "note.no_text": "没有样本带文字：模型只从图片学习。",
    "note.no_media": "没有样本带图片或视频：模型只从文字学习。",
    # options: mmdemo.services.finetune.options
    "option": "这个训练设置无法使用。",
    "option_name": "请给模型起一个含文字或数字的名字。",
    "option_unknown": "{field} 没有“{value}”这一项。可选：{known}。",
    "option_range": "{field} 必须在 {least:g} 到 {most:g} 之间，不能是 {value:g}。",
    "option_fusion": "结合方式“{fusion}”只用于冻结的编码器：请把模式设为 head，或选 pooled。",
    "preset_unknown": (
        "没有名为“{preset}”的基础模型。可选：{known}，或 Hugging Face 上的模型（owner/name）。"
    ),
    "preset_not_fetched": (
        "基础模型“{preset}”需要 {repos}，本机还没有。有网络时运行一次："
        "python -m mmdemo fetch {repos}。compact 不需要下载。"
    ),
    "option_preset_mode": "基础模型“{preset}”没有训练方式“{mode}”。可选：{known}。",
    "option_preset_search": "自动搜索只用于基础模型 compact。请填 0 分钟。",
    "option_encoders": "基础模型 compact 有自己的编码器。要替换请选 classic。",
    "option_search": "head 模式下没有可寻找的设置。请选 auto 模式，或填 0 分钟。",
    "out_of_memory": "内存不够，一次只学几个样本也不行。请关闭其他程序，或把模式设为 head。",
    "queue_full": "你已有 {n} 次训练在排队。请等其中一次结束，或停止一次。",
    # a training that ended early: mmdemo.services.finetune.worker, line, runs
    "note.run_crashed": (
        "训练进程意外结束（代码 {code}）。请再试一次；若再次发生，请看日志 worker.log。"
    ),
    "note.out_of_memory_killed": (
        "系统结束了训练，多半是因为内存不足。请关闭其他程序，在“更多设置”里减小每次的样本数，"
        "或把模式设为 head，然后再试。"
    ),
    "note.run_interrupted": "训练被中断。可以从最后一轮继续。",
    "note.training_failed": (
        "程序出错，训练失败（{error}）。请换一些设置再试；详情见日志 worker.log。"
    ),
    "note.training_disk_full": (
        "训练时磁盘已满。请腾出空间，例如移除数据集或模型，然后继续：到最后一轮为止学到的都保留。"
    ),
    # using a model: mmdemo.services.finetune.using
    "run_unfinished": "这次训练还没有完成，因此还没有结果。",
    "run_damaged": "这次训练的结果已损坏。请重新训练。",
    "model_gone": "这个模型已不在你的工作区里。请重新训练，或从 zip 带回。",
    "model_removed": "这次训练的模型已被删除。请重新训练。",
    "model_matches": "这个模型用来匹配句子和图片，不给出标签。请在“检索”页使用它。",
    "row_gone": "第 {row} 行不在这次训练的留出样本中。",
    "label_gone": "模型不认识标签“{label}”。",
    "medium_lost": "这个样本的图片或视频已不在，因此无法解释。请重新添加数据集再训练一次。",
    "medium_kind": "{name} 既不是这里能读的图片，也不是视频。",
    "not_a_model": "{name} 不是 mmdemo 的模型。请选择在第 4 步下载的 zip。（{why}）",
    "model_unusable": "{name} 里的模型在这里无法使用。（{why}）",
    # pairs without labels: mmdemo.services.finetune.match_job, mmdemo.models.training_match
    "few_media": "{name} 只有 {n} 个图片或视频，至少需要 {least} 个。请再添加一些及其文字。",
    "matcher_foreign": "“{model}”不能在这里调整：只能调整由 mmdemo 制作的匹配模型。",
    "note.verdict_match": (
        "在 {media} 个留出的图片或视频中，100 句文字有 {after} 句在前五名里找到正确的一个；"
        "调整前是 {before} 句。"
    ),
    "note.matcher_unchanged": "原来的匹配模型对留出的数据区分得最好，因此没有改动。需要更多数据。",
    "note.few_held_out_media": "只有 {n} 个留出的图片或视频，因此数字可能有较大误差。",
    # the Hugging Face Hub: mmdemo.services.finetune.hub
    "hub_repo": "“{repo}”不能作为仓库名。请写“用户名/名字”，例如 anna/my-model。",
    "hub_offline": "这台电脑连不上 Hugging Face Hub。请检查网络后再试，或把模型下载为 zip。",
    "hub_denied": (
        "Hub 拒绝了：这个令牌不能写入“{repo}”。请创建有写权限的令牌，并使用自己的仓库。"
    ),
    "hub_failed": "上传到 Hub 失败（{detail}）。请稍后再试，或把模型下载为 zip。",
    "hub_token": "需要访问令牌：请在 huggingface.co 的设置里创建一个有写权限的令牌。",
    # the result: mmdemo.services.finetune.scoring
    "note.verdict": "你的模型在 {of} 个留出样本中答对 {right} 个；训练前 {before} 个。",
    "note.verdict_both": (
        "你的模型在 {of} 个留出样本中答对 {right} 个；训练前 {before} 个；"
        "只用文字 {text} 个；只用图片 {picture} 个。"
    ),
    "note.scored_in_folds": (
        "样本太少，无法固定留出一部分；因此每个样本都轮流留出一次，由没见过它的模型来回答。"
    ),
    "note.few_held_out": "只有 {n} 个留出样本，因此得分可能上下相差 {points} 分。",
    "note.no_better": "这不比总是回答最常见的标签更好：模型没有从样本中找到区分标签的依据。",
    "note.more_data_helps": "最后的 {samples} 个样本仍带来 {points} 分：更多样本会有帮助。",
    "note.enough_data": "最后的样本几乎没有带来提高：这类数据已经够了。",
}
