# Copyright: (c) 2026, openclaw.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A language model of 2 MB that says one word: files and weights are real, only the wisdom is missing.

It is a llama of one layer whose attention and feed-forward weights are zero, so what it says next depends on the last
token alone: after `>` come the letters of its word, then the end. Its tokens are the 256 bytes. Nothing is downloaded.
"""

from __future__ import annotations

import struct
from array import array
from itertools import pairwise
from typing import TypeAlias

WORD = "Lobster!"
"""What it answers. No letter twice: each has one successor."""
PROMPT_END = ">"
_TEMPLATE = '{{ if .Tools }}{{ end }}{{ range .Messages }}{{ if eq .Role "user" }}{{ .Content }}{{ end }}{{ end }}>'
MODELFILE = f"""\
FROM ./tiny.gguf
TEMPLATE \"\"\"{_TEMPLATE}\"\"\"
PARAMETER temperature 0
"""
"""The template mentions tools, since agents offer some to every model, and Ollama refuses them to one that has none."""

_CONTEXT = 65536
_WIDTH = 320
_HEADS = 5
_FEED_FORWARD = 32
_SPECIAL = ("<unk>", "<s>", "</s>")
_END = _SPECIAL.index("</s>")
_TOKENS = (*_SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)))
# Kinds of tokens: normal 1, unknown 2, control 3, byte 6.
_KINDS = (2, 3, 3, *[6] * 256)
_CERTAINTY = 8.0

_ALIGNMENT = 32
_UINT32, _INT32, _FLOAT32, _STRING, _ARRAY = 4, 5, 6, 8, 9
_PACKED = {_UINT32: "<I", _INT32: "<i", _FLOAT32: "<f"}

Tensor: TypeAlias = "tuple[tuple[int, ...], array[float]]"


def tiny_model() -> bytes:
    """Return the model as a GGUF file."""
    tensors = _tensors()
    metadata = b"".join(_metadata_entry(*entry) for entry in _METADATA)
    infos, data = b"", b""
    for name, (dimensions, weights) in tensors.items():
        infos += _string(name) + struct.pack("<I", len(dimensions)) + struct.pack(f"<{len(dimensions)}Q", *dimensions)
        infos += struct.pack("<IQ", 0, len(data))
        data += _padded(weights.tobytes())
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(_METADATA))
    return _padded(header + metadata + infos) + data


def _tensors() -> dict[str, Tensor]:
    """Return the weights by name; dimensions as GGUF has them, the fastest first."""
    embedding = _zeros(len(_TOKENS) * _WIDTH)
    for token in range(len(_TOKENS)):
        embedding[token * _WIDTH + token] = 1.0
    output = _zeros(len(_TOKENS) * _WIDTH)
    path = [*map(_token, PROMPT_END + WORD), _END]
    for token, successor in pairwise(path):
        output[successor * _WIDTH + token] = _CERTAINTY
    square, wide = (_WIDTH, _WIDTH), (_WIDTH, _FEED_FORWARD)
    layer: dict[str, Tensor] = {
        f"blk.0.{name}.weight": (dimensions, _zeros(dimensions[0] * dimensions[1]))
        for name, dimensions in {
            **dict.fromkeys(("attn_q", "attn_k", "attn_v", "attn_output"), square),
            "ffn_gate": wide,
            "ffn_up": wide,
            "ffn_down": wide[::-1],
        }.items()
    }
    norms: dict[str, Tensor] = {
        f"{name}.weight": ((_WIDTH,), array("f", [1.0]) * _WIDTH)
        for name in ("blk.0.attn_norm", "blk.0.ffn_norm", "output_norm")
    }
    table = (_WIDTH, len(_TOKENS))
    return {"token_embd.weight": (table, embedding), **layer, **norms, "output.weight": (table, output)}


def _zeros(number: int) -> array[float]:
    return array("f", bytes(4 * number))


def _token(letter: str) -> int:
    return len(_SPECIAL) + ord(letter)


_METADATA: tuple[tuple[str, int, object], ...] = (
    ("general.architecture", _STRING, "llama"),
    ("general.name", _STRING, "Tiny"),
    ("general.alignment", _UINT32, _ALIGNMENT),
    ("general.file_type", _UINT32, 0),
    ("llama.context_length", _UINT32, _CONTEXT),
    ("llama.embedding_length", _UINT32, _WIDTH),
    ("llama.block_count", _UINT32, 1),
    ("llama.feed_forward_length", _UINT32, _FEED_FORWARD),
    ("llama.rope.dimension_count", _UINT32, _WIDTH // _HEADS),
    ("llama.attention.head_count", _UINT32, _HEADS),
    ("llama.attention.head_count_kv", _UINT32, _HEADS),
    ("llama.attention.layer_norm_rms_epsilon", _FLOAT32, 1e-5),
    ("llama.vocab_size", _UINT32, len(_TOKENS)),
    ("tokenizer.ggml.model", _STRING, "llama"),
    ("tokenizer.ggml.tokens", _ARRAY, (_STRING, _TOKENS)),
    ("tokenizer.ggml.scores", _ARRAY, (_FLOAT32, [0.0] * len(_TOKENS))),
    ("tokenizer.ggml.token_type", _ARRAY, (_INT32, _KINDS)),
    ("tokenizer.ggml.unknown_token_id", _UINT32, 0),
    ("tokenizer.ggml.bos_token_id", _UINT32, 1),
    ("tokenizer.ggml.eos_token_id", _UINT32, _END),
)


def _metadata_entry(key: str, kind: int, value: object) -> bytes:
    return _string(key) + struct.pack("<I", kind) + _value(kind, value)


def _value(kind: int, value: object) -> bytes:
    if kind == _ARRAY and isinstance(value, tuple):
        inner, entries = value
        return struct.pack("<IQ", inner, len(entries)) + b"".join(_value(inner, entry) for entry in entries)
    return _string(str(value)) if kind == _STRING else struct.pack(_PACKED[kind], value)


def _string(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGNMENT)
