"""The cross-encoder as a PyTorch network: MiniLM whose lower layers read each text by itself and whose upper layers
read statement and evidence together.

The lower half stays as it was pretrained, on single texts, so that it is computed once for a text in training; only
the upper half and the heads learn (as in DeFormer, Cao et al. 2020). This module needs PyTorch at import and is
therefore imported only where a network is trained or exported; `service.grounding.cross_encoder` runs the export.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

LOWER = 3
"""Layers, of six, that read each text by itself and are not trained."""

CLS, SEP = 101, 102
"""Token ids that stand at the ends of a text; they are no words."""

_FAR = -1e4


class Network(nn.Module):  # type: ignore[misc, unused-ignore]
    """Three scores of a pair, as log-odds: support by the whole, wrongness of each word, and whether it answers.

    `segments` say of each token to which text it belongs: 0 the statement or question, 1 and 2 its evidence, -1
    padding.
    """

    def __init__(self, bert: Any) -> None:
        """Take over the layers of a transformers `BertModel`; the heads start at random."""
        super().__init__()
        width = bert.config.hidden_size
        self.heads = bert.config.num_attention_heads
        self.embeddings = bert.embeddings
        self.layers = bert.encoder.layer
        self.embeddings.requires_grad_(False)
        for layer in self.layers[:LOWER]:
            layer.requires_grad_(False)
        self.side = nn.Embedding(2, width)
        nn.init.zeros_(self.side.weight)
        self.sharpness = nn.Parameter(torch.tensor(10.0))
        self.compared = nn.Linear(4 * width, 128)
        self.mark = nn.Linear(128, 1)
        nn.init.constant_(self.mark.bias, -3.0)
        self.dropout = nn.Dropout(0.1)
        pooled = 4 * width + 2 * 128
        self.support = nn.Sequential(nn.Linear(pooled, 192), nn.GELU(), nn.Dropout(0.1), nn.Linear(192, 1))
        self.answers = nn.Sequential(nn.Linear(pooled, 192), nn.GELU(), nn.Dropout(0.1), nn.Linear(192, 1))

    def forward(self, ids: Tensor, positions: Tensor, segments: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Log-odds of support (n,), of each token being wrong (n, tokens), and of answering (n,)."""
        return self.together(self.alone(ids, positions, segments), ids, segments)

    def alone(self, ids: Tensor, positions: Tensor, segments: Tensor) -> Tensor:
        """Hidden states after the lower layers, in which a token sees its own text only."""
        parts = self.embeddings
        hidden = (
            parts.word_embeddings(ids) + parts.position_embeddings(positions) + parts.token_type_embeddings.weight[0]
        )
        hidden = parts.LayerNorm(hidden)
        same = segments[:, :, None] == segments[:, None, :]
        mask = torch.where(same, 0.0, _FAR)[:, None]
        for layer in self.layers[:LOWER]:
            hidden = self._layer(layer, hidden, mask)
        return hidden

    def together(self, hidden: Tensor, ids: Tensor, segments: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The scores out of the hidden states of the lower layers."""
        hidden = hidden + self.side((segments > 0).long())
        mask = torch.where(segments >= 0, 0.0, _FAR)[:, None, None, :]
        for layer in self.layers[LOWER:]:
            hidden = self._layer(layer, hidden, mask)
        inner = (ids != CLS) & (ids != SEP)
        mine, theirs = (segments == 0) & inner, (segments > 0) & inner
        unit = functional.normalize(hidden, dim=-1)
        alike = self.sharpness * (unit @ unit.transpose(1, 2))
        weights = torch.softmax(torch.where(theirs[:, None, :], alike, _FAR), dim=-1)
        aligned = weights @ hidden
        features = torch.cat([hidden, aligned, hidden * aligned, (hidden - aligned).abs()], dim=-1)
        compared = functional.gelu(self.compared(features))
        marks = self.mark(self.dropout(compared)).squeeze(-1)
        marks = torch.where(mine, marks, _FAR)
        first, second = _mean(hidden, mine), _mean(hidden, theirs)
        most = torch.where(mine[:, :, None], compared, _FAR).amax(dim=1)
        pooled = torch.cat([hidden[:, 0], first, second, (first - second).abs(), _mean(compared, mine), most], dim=-1)
        return self.support(pooled).squeeze(-1), marks, self.answers(pooled).squeeze(-1)

    def _layer(self, layer: Any, hidden: Tensor, mask: Tensor) -> Tensor:
        size, length, width = hidden.shape
        attention = layer.attention

        def split(values: Tensor) -> Tensor:
            return values.view(size, length, self.heads, width // self.heads).transpose(1, 2)

        own = attention.self
        context = functional.scaled_dot_product_attention(
            split(own.query(hidden)), split(own.key(hidden)), split(own.value(hidden)), attn_mask=mask
        )
        context = context.transpose(1, 2).reshape(size, length, width)
        hidden = attention.output.LayerNorm(attention.output.dense(context) + hidden)
        inner = functional.gelu(layer.intermediate.dense(hidden))
        return layer.output.LayerNorm(layer.output.dense(inner) + hidden)


def _mean(values: Tensor, chosen: Tensor) -> Tensor:
    weights = chosen.to(values.dtype)[:, :, None]
    return (values * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)
