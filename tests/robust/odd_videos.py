"""Odd videos, made by a few runs of ffmpeg with many outputs each, and some by hand."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import imageio_ffmpeg

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
MJPEG = ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
FAKE = "x\n  Stream #0:9: Video: h264, yuv420p, 99999x99999, 5 fps\n  Duration: 99:00:00.00,"

# name -> options of one output; inputs: 0 pictures 64x48 at 10 a second, 1 a tone, 2 subtitles
OUTPUTS = {
    "plain.mp4": ("-map", "0:v", "-map", "1:a", *H264, "-c:a", "aac", "-shortest"),
    "plain.mov": ("-map", "0:v", *H264),
    "plain.mkv": ("-map", "0:v", *H264),
    "plain.webm": ("-map", "0:v", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"),
    "plain.avi": ("-map", "0:v", *MJPEG),
    "index first.mp4": ("-map", "0:v", *H264, "-bf", "0", "-g", "2", "-movflags", "+faststart"),
    "in pieces.mp4": ("-map", "0:v", *H264, "-movflags", "+frag_keyframe+empty_moov"),
    "odd sides.mkv": ("-map", "0:v", "-vf", "scale=33:17", "-c:v", "ffv1", "-pix_fmt", "bgr0"),
    "two pixels.mp4": ("-map", "0:v", "-vf", "scale=2:2", *H264),
    "very wide.avi": ("-map", "0:v", "-vf", "scale=4000:16", "-frames:v", "2", *MJPEG),
    "flat pixels.mp4": ("-map", "0:v", *H264, "-vf", "setsar=2/1"),
    "ten bits.mp4": ("-map", "0:v", *H264, "-pix_fmt", "yuv420p10le"),
    "full colour.mp4": ("-map", "0:v", *H264, "-pix_fmt", "yuv444p"),
    "with alpha.mov": ("-map", "0:v", "-c:v", "qtrle", "-pix_fmt", "argb"),
    "half pictures.mp4": ("-map", "0:v", *H264, "-flags", "+ilme+ildct", "-x264opts", "tff=1"),
    "rate that varies.mp4": (
        "-map", "0:v", "-vf", "select='not(mod(n,3))+lt(n,4)'", "-fps_mode", "vfr", *H264,
    ),
    "a thousand frames a second.mp4": (
        "-map", "0:v", "-vf", "settb=1/1000,setpts=N", "-fps_mode", "vfr", "-enc_time_base",
        "1/1000", *H264,
    ),
    "a frame every ten seconds.mp4": ("-map", "0:v", "-vf", "setpts=PTS*100,fps=1/10", *H264),
    "one frame.mp4": ("-map", "0:v", "-frames:v", "1", *H264),
    "no length said.webm": (
        "-map", "0:v", "-c:v", "libvpx", "-deadline", "realtime", "-live", "1",
    ),
    "starts late.mkv": ("-map", "0:v", "-output_ts_offset", "7", *H264),
    "two pictures.mp4": ("-map", "0:v", "-map", "0:v", *H264),
    "title that poses as a stream.mp4": ("-map", "0:v", *H264, "-metadata", f"title={FAKE}"),
    "old music inside.mkv": ("-map", "1:a", "-map", "0:v", *H264, "-c:a", "pcm_s16le", "-t", "1"),
    "sound alone.mp4": ("-map", "1:a", "-c:a", "aac"),
    "sound alone.mkv": ("-map", "1:a", "-c:a", "pcm_s16le"),
    "subtitles alone.mkv": ("-map", "2:s", "-c:s", "srt"),
    "subtitles alone.mp4": ("-map", "2:s", "-c:s", "mov_text"),
    "ten hours.mp4": (
        "-map", "0:v", "-vf", "setpts=N*18000/TB", "-fps_mode", "vfr", "-frames:v", "3", *H264,
    ),
    "a great picture.avi": ("-map", "0:v", "-vf", "scale=4200:2400", "-frames:v", "1", *MJPEG),
    "broadcast.ts": ("-map", "0:v", "-c:v", "mpeg2video"),
    "broadcast.mp4": ("-map", "0:v", "-c:v", "mpeg2video", "-f", "mpegts"),
    "flash.flv": ("-map", "0:v", "-c:v", "flv1"),
    "bare stream.mp4": ("-map", "0:v", *H264, "-f", "h264"),
    "bare pictures.mp4": ("-map", "0:v", "-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe"),
    "sound.wav": ("-map", "1:a",),
    "sound wave.mp4": ("-map", "1:a", "-f", "wav"),
}  # fmt: skip
NOT_READ = {
    "sound alone.mp4", "sound alone.mkv", "subtitles alone.mkv", "subtitles alone.mp4",
    "ten hours.mp4", "a great picture.avi", "broadcast.ts", "broadcast.mp4", "flash.flv",
    "bare stream.mp4", "bare pictures.mp4", "sound.wav", "sound wave.mp4",
}  # fmt: skip
_SUBTITLES = "1\n00:00:00,000 --> 00:00:01,000\n<b>words</b>\n"


def encode(folder: Path) -> dict[str, Path]:
    """Every file of OUTPUTS in ``folder``, by one process."""
    words = folder / "words.srt"
    words.write_text(_SUBTITLES)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"]
    command += ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=1.2"]
    command += ["-f", "lavfi", "-i", "sine=frequency=440:duration=1.2", "-i", str(words)]
    for name, options in OUTPUTS.items():
        command += [*options, "-threads", "1", str(folder / name)]
    subprocess.run(command, check=True, timeout=120)
    words.unlink()
    turned = folder / "turned.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"]
    command += ["-display_rotation", "90", "-i", str(folder / "plain.mp4"), "-c", "copy"]
    subprocess.run([*command, str(turned)], check=True, timeout=120)
    return {name: folder / name for name in [*OUTPUTS, turned.name]}


def no_length(data: bytes) -> bytes:
    """An MP4 whose header says that it lasts no time at all."""
    out = bytearray(data)
    for kind, offset in ((b"mvhd", 20), (b"mdhd", 20), (b"tkhd", 24)):
        at = out.find(kind)
        while at >= 0:
            out[at + offset : at + offset + 4] = b"\0\0\0\0"
            at = out.find(kind, at + 4)
    return bytes(out)


def claims_length(data: bytes, seconds: int) -> bytes:
    """An MP4 whose header says that it lasts so long."""
    out = bytearray(data)
    at = out.find(b"mvhd")
    scale = struct.unpack(">I", out[at + 16 : at + 20])[0]
    out[at + 20 : at + 24] = struct.pack(">I", seconds * scale)
    return bytes(out)


def damaged(data: bytes) -> bytes:
    """The pictures overwritten with noise, the index left whole."""
    start = data.find(b"mdat") + 4
    end = data.find(b"moov") if data.find(b"moov") > start else len(data)
    middle = bytes((7 * n) % 256 for n in range(end - start - 8))
    return data[:start] + middle + data[start + len(middle) :]


def texts(canary: Path, address: str) -> dict[str, bytes]:
    """Lists of other files under the names of videos; nobody may open what they name."""
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{}\n#EXT-X-ENDLIST\n"
    segment = f'<SegmentURL media="file://{canary}"/><BaseURL>{address}/x</BaseURL>'
    return {
        "playlist to the network.mp4": playlist.format(f"{address}/a.ts").encode(),
        "playlist to a file.mp4": playlist.format(f"file://{canary}").encode(),
        "playlist to a crypto file.mkv": playlist.format(f"crypto+file://{canary}").encode(),
        "playlist after blanks.mp4": b"\n \xef\xbb\xbf" + playlist.format(canary).encode(),
        "concat list.mp4": f"ffconcat version 1.0\nfile {canary}\n".encode(),
        "concat list.avi": f"\r\nffconcat version 1.0\nfile '{address}/a.mp4'\n".encode(),
        "manifest.mp4": f'<?xml version="1.0"?><MPD>{segment}</MPD>'.encode(),
        "stream description.mp4": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
        "subtitles.mp4": _SUBTITLES.encode(),
    }


def by_hand(made: dict[str, Path]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """(what still shows something, what does not), from files of :func:`encode`."""
    read = {name: made[name].read_bytes() for name in made}
    whole = {
        "no length said.mp4": no_length(read["plain.mp4"]),
        "cut, index first.mp4": read["index first.mp4"][: len(read["index first.mp4"]) * 7 // 10],
        "cut.mkv": read["plain.mkv"][: len(read["plain.mkv"]) * 7 // 10],
        "cut.avi": read["plain.avi"][: len(read["plain.avi"]) * 6 // 10],
        "claims to last a minute.mp4": claims_length(read["plain.mp4"], 60),
        "claims to last a day.mp4": claims_length(read["plain.mp4"], 86_400),
        "something behind its end.mp4": read["plain.mp4"] + b"\0" * 5000,
        "mp4 inside.jpg": read["plain.mp4"],
        "webm inside.mp4": read["plain.webm"],
        "film without a suffix": read["plain.mp4"],
    }
    broken = {
        "empty.mp4": b"",
        "cut.mp4": read["plain.mp4"][: len(read["plain.mp4"]) // 2],
        "only its first bytes.mp4": read["plain.mp4"][:32],
        "only its first bytes.webm": read["plain.webm"][:40],
        "noise.mp4": damaged(read["plain.mp4"])[40:],
        "pictures of noise.mp4": damaged(read["plain.mp4"]),
    }
    return whole, broken
