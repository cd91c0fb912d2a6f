"""What is wrong with single rows and files, in Chinese, by the code of the problem; and how the
place is called. The English stands with the problem itself."""

from __future__ import annotations

import re

MESSAGES = {
    # rows of a table: mmdemo.data.rows, tables, labels
    "row_cut": "文字有 {length} 个字符；只使用前 {limit} 个。",
    "row_two_media": "这一行写了两个同类的文件；只使用第一个。",
    "row_empty": "既没有文字，也没有图片或视频。",
    "row_quotes": '引号只有一半，或结束引号后还有文字；引号内的引号请写两次（""）。',
    "row_few_cells": "有 {cells} 个单元格，而表头有 {columns} 个。",
    "row_many_cells": "有 {cells} 个单元格，而表头有 {columns} 个。请给含有分隔符的文字加上引号。",
    "row_no_label": "没有标签。",
    "row_labels": "有 {n} 个标签（{labels}）；只需要一个。",
    "row_media_broken": "图片和视频都无法打开。",
    "pair_no_medium": "没有标签，也没有图片或视频，因此没有可学的内容。",
    "pair_no_text": "没有标签，也没有文字，因此没有可学的内容。",
    "column_images": "列“{name}”里有 {count} 张图片，已按图片使用。",
    "column_videos": "列“{name}”里有 {count} 个视频，已按视频使用。",
    "column_full_paths": "列“{name}”写的是完整路径；{count} 个文件按路径的末尾在数据集里找到。",
    "split_unknown": "“{word}”不是 train、dev、test 之一；{count} 行不按划分使用。",
    "labels_merged": "标签 {names} 被当作同一个标签：“{label}”。",
    "encoding_broken": "有 {count} 个损坏的字符，第一个在第 {line} 行；它们显示为 \ufffd。",
    "encoding_guessed": "没有标明是 UTF-8；按 {encoding} 读取。如果文字不对，请另存为 UTF-8。",
    # media that a row names: mmdemo.data.media_files
    "medium_missing": "数据集里没有文件 {name}。",
    "medium_found": "{name} 在 {place} 找到。",
    "medium_unreadable": "文件 {name} 无法读取。",
    "medium_empty": "文件 {name} 是空的。",
    "medium_damaged": "文件 {name} 已损坏：开头不像它所称的图片或视频。",
    "medium_other": "文件 {name} 不是这里能读的图片或视频。",
    "medium_address": "{name} 是网址；请把文件本身放进数据集。",
    "medium_outside": "{name} 指向数据集之外；请把文件放进数据集，并写它在其中的路径。",
    "medium_no_name": "{name} 不是文件名。",
    # folders and several tables: mmdemo.data.dataset, folders
    "table_passed_over": "没有读取它，因为有 {name}。",
    "table_only": "它不叫 data.csv 或 metadata.csv，但它是唯一的表格，因此读取了它。",
    "table_other": "{name} 是这里不读取的表格格式。请另存为 data.csv。",
    "text_alone": "{name} 没有同名的图片或视频。",
    "text_empty": "{name} 是空的。",
    "text_unreadable": "{name} 无法读取。",
    "outside_classes": "{name} 在各类文件夹之外，因此没有标签。",
    # what is uploaded: mmdemo.data.archive, services.finetune.intake
    "zip_link": "{name} 是链接而不是文件；请把文件本身放进 zip。",
    "zip_special": "{name} 是特殊文件；请把普通文件放进 zip。",
    "zip_archive": "{name} 是压缩包里的压缩包；请先解压再制作 zip。",
    "zip_long_name": "{name} 的名字太长；请改短。",
    "zip_deep": "{name} 所在的文件夹超过 {limit} 层；请往上移。",
    "zip_control": "{name} 的名字里有控制字符；请重命名。",
    "zip_same_name": "{name} 与 {other} 同名；保留了第一个。请重命名其中一个。",
    "zip_packing": "{name} 在压缩包里已损坏，或压缩方式不受支持。",
    "zip_damaged": "{name} 在压缩包里已损坏；请重新制作 zip。",
    "zip_unwritable": "{name} 不能用这个名字保存（{why}）。",
    "upload_link": "{name} 是链接而不是文件；请添加文件本身。",
    "upload_archive": "{name} 是压缩包；请单独添加它，或解压后添加里面的文件。",
    "upload_twice": "{name} 添加了两次；保留了第一个。",
    # indexing: mmdemo.services.retrieval.job
    "index_partly": "{name} 的画面在 {read} 处结束（全长 {length}）；这一部分已建立索引。",
}

_WHERE = (
    (re.compile(r"row (\d+) \(line (\d+)\)"), "第 {} 行（文件的第 {} 行）"),
    (re.compile(r"row (\d+)"), "第 {} 行"),
    (re.compile(r"column (.+)"), "列 {}"),
)


def place(where: str, lang: str) -> str:
    """Where a problem is: a row or a column in the language; a file has its own name."""
    if lang == "zh":
        for pattern, said in _WHERE:
            found = pattern.fullmatch(where)
            if found:
                return said.format(*found.groups())
    return where
