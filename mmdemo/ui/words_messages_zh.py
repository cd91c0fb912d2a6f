"""What errors and notes say in other languages than English, by their code.

The English sentence comes with the error or the note itself, so that it is written once, where the
cause is known; here stands the same for the page's other languages. Blanks are the values that
the error carries. A code without a sentence shows the English one.
"""

MESSAGES = {
    # answers: mmdemo.services.emotion
    "empty_input": "还没有可读的内容：写一句话，添加一张图片，或两者都给。",
    "no_face": "图片中没有找到人脸。请换一张正面有人脸的图片，或添加一句话。",
    "note.no_face": "图片中没有找到人脸；结果只依据文字。",
    "note.long_text": "文字有 {length} 个字符；只保留了前 {limit} 个。",
    "note.truncated_text": "只读了前 {read} 个字符；模型一次只能读这么多。",
    "note.unknown_words": "其中许多字符不在模型的词表里，因此文字一侧的结果只是猜测。",
    "note.foreign_language": "这看起来是{language}。模型读的是英文，因此文字一侧的结果只是猜测。",
    "note.video_stopped": "在 {read} 处停止（全长 {length}）；结果只涵盖这一部分。",
    "note.video_truncated": "画面在 {read} 处结束（全长 {length}）；结果只涵盖这一部分。",
    "note.subtitles_skipped": "字幕中有 {count} 处无法读取，已略过。",
    "note.video_no_face": "这段视频里没有找到人脸。",
    "note.video_several_faces": "有多张人脸：曲线跟随出现最久、画面最大的那一张。",
    "stopped": "已停止；读完的部分已保留。",
    # pictures: mmdemo.data.images
    "media": "无法读取这个文件。请换一个文件。",
    "picture_missing": "找不到图片 {name}，或无法打开。请重新选择。",
    "picture_bytes": "{name} 有 {size} MB；图片最多 {limit} MB。请缩小后再试。",
    "picture_empty": "{name} 是空文件。请换一张图片。",
    "picture_kind": "{name} 不是这里能读的图片。请使用 JPEG、PNG、WebP、BMP 或 GIF。",
    "picture_broken": "{name} 已损坏或不完整，无法读取。请重新打开并保存它，或换一张图片。",
    "picture_pixels": "{name} 有 {megapixels} 百万像素；图片最多 {limit} 百万像素。请缩小后再试。",
    # videos: mmdemo.data.video_info, transcode, services.emotion.export
    "video_missing": "{name} 无法打开。请重新选择视频。",
    "video_empty": "{name} 是空文件（0 字节）。请重新导出或录制。",
    "video_bytes": "{name} 有 {megabytes} MB；上限是 {limit} MB。请剪短，或用较低的画质保存。",
    "video_other_kind": "{name} 不是这里能读的视频。请使用 MP4、MOV、WebM、MKV 或 AVI。",
    "video_no_picture": "{name} 里没有活动的画面。请选择有画面的视频。",
    "video_pixels": "{name} 的画面有 {width} x {height} 像素；最多 4096 x 2304。请缩小后再试。",
    "video_seconds": "{name} 长 {length}；上限是 {limit}。请分成几段。",
    "video_damaged": "{name} 已损坏：里面没有能读的画面。请重新导出或录制。",
    "video_slow": "{name} 没能在规定时间内读完。请另存为 MP4（H.264）再试。",
    "video_incomplete": "{name} 不完整：录制或复制在写完之前中断了。请重新复制或录制。",
    "video_unknown_kind": "{name} 不是能读的视频。请使用 MP4、MOV、WebM、MKV 或 AVI。",
    "video_nothing_read": "{name} 还没有读到任何内容，没有可画的。请先读取它。",
    "video_write_stopped": "已停止；没有写出视频。",
    "video_write_failed": "无法写出视频。请再试一次，或换一段视频。",
    "disk_full": "磁盘已满。请腾出空间后再试。",
    "subtitles_missing": "{name} 无法打开。请重新选择文件。",
    "subtitles_bytes": "{name} 超过 5 MB，作为字幕太大。请选择 .srt 或 .vtt 文件。",
    "subtitles_none": "{name} 里没有能读的字幕。应有这样的行：00:00:01,000 --> 00:00:03,000。",
    # models: mmdemo.models
    "model": "找不到或无法读取这个模型。请从列表中选择另一个。",
    "checkpoint": "这个模型不完整、已损坏，或不是由 mmdemo 制作的。请从列表中选择另一个。",
    "dataset": "无法使用这个数据集。",
    "error": "没有成功。请再试一次。",
}

# languages that mmdemo.data.language names in English
ZH_LANGUAGES = {
    "Chinese": "中文",
    "Japanese": "日文",
    "Korean": "韩文",
    "German": "德文",
    "French": "法文",
    "Spanish": "西班牙文",
    "Italian": "意大利文",
    "Portuguese": "葡萄牙文",
    "Dutch": "荷兰文",
}
