// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>
#include <QString>

class QPainter;
class QRectF;

namespace chainrule {

/// The curves of a plot. Each has a shape besides its colour: filled discs, open diamonds, a bare dashed
/// line.
enum class CurveMark { Training, Validation, Comparison };

/// One curve's name and value as words, e.g. "training" and "0.052".
struct CurveReading {
    CurveMark mark = CurveMark::Training;
    QString name;
    QString value;

    bool operator==(const CurveReading&) const = default;
};

[[nodiscard]] QColor curveColor(CurveMark mark, const QPalette& palette);

/// A short sample of the curve: its line across the middle of `area` and its marker on it.
void drawCurveSample(QPainter& painter, const QRectF& area, CurveMark mark, const QPalette& palette);

/// `color` on its way to `other`: 0 is the one, 1 the other. Both opaque, and so is the result: overlapping
/// pieces of a line do not add up, as they would with transparency.
[[nodiscard]] QColor mixed(const QColor& color, const QColor& other, double share);

} // namespace chainrule
