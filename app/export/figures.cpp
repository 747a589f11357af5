// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export/figures.h"

#include "core/data/ink/canvas.h"
#include "widgets/curves/curvemark.h"
#include "widgets/fields/numbertext.h"
#include "widgets/style/theme.h"

#include <QCoreApplication>
#include <QImage>
#include <QLocale>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace chainrule {

namespace {

constexpr double pxOfMillimetre = 96.0 / 25.4;
constexpr int small = 10; // of letters, in px
constexpr std::size_t mostNumberedClasses = 30;
constexpr qsizetype longestName = 12; // letters of a class in a table

class Figures {
    Q_DECLARE_TR_FUNCTIONS(chainrule::Figures)
};

using Anchor = Lettering::Anchor;

void drawMark(Picture& picture, QPointF at, const ChartLine& line)
{
    if (line.mark == ChartLine::Mark::Disc)
        picture.circle(at, 2.8, line.color);
    else if (line.mark == ChartLine::Mark::Diamond)
        picture.diamond(at, 3.6, printColors().panel, line.color);
}

// Axes and lines, the labels outside `rect`.
void drawChart(Picture& picture, const CurveChart& chart, const QRectF& rect)
{
    const ThemeColors& colors = printColors();
    const auto place = [&](PlotPoint point) {
        const double right = (point.x - chart.x.lower) / (chart.x.upper - chart.x.lower);
        const double up = (point.y - chart.y.lower) / (chart.y.upper - chart.y.lower);
        return QPointF(rect.left() + right * rect.width(), rect.bottom() - up * rect.height());
    };
    const Lettering quiet{small, colors.quietText, false, Anchor::Middle};
    const auto rows = ticksOf(chart.y, QLocale());
    for (auto tick = rows.begin(); tick != rows.end(); ++tick) {
        const double y = place({chart.x.lower, tick.key()}).y();
        picture.line({rect.left(), y}, {rect.right(), y}, colors.line, 0.8);
        picture.text({rect.left() - 6.0, y + 3.5}, *tick, {small, colors.quietText, false, Anchor::End});
    }
    const auto columns = ticksOf(chart.x, QLocale());
    for (auto tick = columns.begin(); tick != columns.end(); ++tick)
        picture.text({place({tick.key(), chart.y.lower}).x(), rect.bottom() + 14.0}, *tick, quiet);
    picture.text({rect.center().x(), rect.bottom() + 29.0}, chart.xLabel, quiet);
    picture.uprightText({11, rect.center().y()}, chart.yLabel, quiet);
    for (const ChartLine& line : chart.lines) {
        QVector<QPointF> places;
        for (const PlotPoint& point : line.points)
            places.append(place(point));
        picture.polyline(places, line.color, line.width, line.dashed);
        for (qsizetype i = 0; i < places.size(); i += line.markEvery)
            drawMark(picture, places[i], line);
    }
}

void drawVerdict(Picture& picture, QPointF middle, bool correct, const QColor& color)
{
    const double r = 3.6;
    if (correct) {
        picture.polyline(
            {middle + QPointF(-r, 0.2), middle + QPointF(-r * 0.3, r * 0.8), middle + QPointF(r, -r * 0.8)},
            color, 1.6);
        return;
    }
    picture.line(middle + QPointF(-r * 0.8, -r * 0.8), middle + QPointF(r * 0.8, r * 0.8), color, 1.6);
    picture.line(middle + QPointF(-r * 0.8, r * 0.8), middle + QPointF(r * 0.8, -r * 0.8), color, 1.6);
}

QString shortened(const QString& words, qsizetype letters)
{
    return words.size() <= letters ? words : words.left(letters - 1) + QChar(0x2026);
}

// Cut to about so many px; letters of this picture's size are about so wide.
QString fitting(const QString& words, double room, double letter = 6.4)
{
    return shortened(words, static_cast<qsizetype>(std::max(1.0, room / letter)));
}

struct TileWords {
    QString predicted;
    QString expected;
};

TileWords wordsOf(const Prediction& shown)
{
    return {Figures::tr("Pred: %1").arg(shown.predicted), Figures::tr("True: %1").arg(shown.expected)};
}

void drawPrediction(Picture& picture, const QRectF& place, const Prediction& shown, bool twoLines,
                    const ThemeColors& colors)
{
    const QColor color = shown.correct ? colors.correct : colors.wrong;
    const double side = place.width();
    const TileWords words = wordsOf(shown);
    drawVerdict(picture, place.topLeft() + QPointF(4.5, 7.0), shown.correct, color);
    picture.text(place.topLeft() + QPointF(13.0, 11.0), fitting(words.predicted, side - 13.0, 6.8),
                 {11, color, true, Anchor::Start});
    if (twoLines)
        picture.text(place.topLeft() + QPointF(13.0, 25.0), fitting(words.expected, side - 13.0),
                     {11, color, false, Anchor::Start});
    else
        picture.text({place.right(), place.top() + 11.0}, words.expected, {11, color, false, Anchor::End});
    const QRectF square(place.left(), place.top() + (twoLines ? 31.0 : 17.0), side, side);
    picture.rect(square, Qt::black);
    const double longest = std::max({shown.image.width(), shown.image.height(), 1});
    const QSizeF size = QSizeF(shown.image.size()) * (side / longest);
    picture.pixels(QRectF(square.center() - QPointF(size.width(), size.height()) / 2.0, size), shown.image);
    const double share = std::isfinite(shown.confidence) ? std::clamp(shown.confidence, 0.0, 1.0) : 0.0;
    picture.rect({place.left(), square.bottom() + 2.0, side, 3.0}, colors.line);
    picture.rect({place.left(), square.bottom() + 2.0, side * share, 3.0}, color);
    picture.text({place.left(), square.bottom() + 16.0},
                 Figures::tr("%1 % confident").arg(numberText(share * 100.0, 1, QLocale())),
                 {small, colors.quietText, false, Anchor::Start});
}

QImage greyImage(const InkImage& ink)
{
    return QImage(ink.ink.data(), ink.width, ink.height, ink.width, QImage::Format_Grayscale8).copy();
}

} // namespace

CurveValues curvesOf(const History& history, CurveQuantity kind, const TrainingSettings& settings)
{
    CurveValues values;
    values.totalEpochs = settings.epochs;
    values.loss = settings.loss;
    const auto append = [](std::vector<PlotPoint>& curve, int epoch, double value) {
        if (std::isfinite(value))
            curve.push_back({static_cast<double>(epoch), value});
    };
    for (const EpochRecord& record : history.epochs) {
        const bool loss = kind == CurveQuantity::Loss;
        append(values.training, record.epoch, loss ? record.trainLoss : record.trainAccuracy);
        if (record.validation)
            append(values.validation, record.epoch,
                   loss ? record.validation->loss : record.validation->accuracy);
    }
    return values;
}

Figure curveFigure(const CurveValues& values, CurveQuantity kind, double width, double height)
{
    const ThemeColors& colors = printColors();
    const QSizeF size = QSizeF(width, height) * pxOfMillimetre;
    const QString title = kind == CurveQuantity::Loss ? Figures::tr("Loss") : Figures::tr("Accuracy");
    Picture picture(size, title);
    picture.rect({{}, size}, colors.panel);
    const QRectF area(QPointF(48.0, 42.0), QPointF(size.width() - 12.0, size.height() - 36.0));
    picture.text({area.left(), 14.0}, title, {13, colors.text, true, Anchor::Start});
    const CurveChart chart = chartOf(values, kind, colors);
    drawChart(picture, chart, area);

    double left = area.left();
    const auto legend = [&](const QString& name, const std::vector<PlotPoint>& points,
                            const ChartLine& line) {
        if (points.empty())
            return;
        picture.polyline({{left, 26.5}, {left + 18.0, 26.5}}, line.color, line.width, line.dashed);
        drawMark(picture, {left + 9.0, 26.5}, line);
        QString words = name;
        if (!line.dashed)
            words += QLatin1Char(' ') +
                     numberText(points.back().y, kind == CurveQuantity::Loss ? 3 : 1, QLocale());
        if (!line.dashed && kind == CurveQuantity::Accuracy)
            words += QStringLiteral(" %");
        picture.text({left + 23.0, 30.0}, words, {small, colors.text, false, Anchor::Start});
        left += 30.0 + 5.6 * static_cast<double>(words.size());
    };
    legend(Figures::tr("training"), values.training.empty() ? values.points : values.training,
           chart.lines[2]);
    legend(Figures::tr("validation"), values.validation, chart.lines[3]);
    legend(Figures::tr("earlier run"), values.comparison, chart.lines[0]);
    if (values.training.empty() && values.points.empty()) {
        picture.text(area.center(), Figures::tr("No values were recorded"),
                     {11, colors.quietText, false, Anchor::Middle});
    }
    return picture;
}

Figure predictionsFigure(std::span<const Prediction> predictions, double width)
{
    constexpr std::size_t columns = 5;
    constexpr double gap = 12.0;
    const ThemeColors& colors = printColors();
    const double full = width * pxOfMillimetre;
    const double side = (full - gap * (columns - 1.0)) / columns;
    const bool twoLines = std::ranges::any_of(predictions, [side](const Prediction& shown) {
        const TileWords words = wordsOf(shown);
        return 20.0 + 6.8 * static_cast<double>(words.predicted.size() + words.expected.size()) > side;
    });
    const double rowHeight = side + (twoLines ? 49.0 : 35.0) + gap;
    const std::size_t rows = std::max<std::size_t>(1, (predictions.size() + columns - 1) / columns);
    const QSizeF size(full, rowHeight * static_cast<double>(rows) - gap);
    Picture picture(size, Figures::tr("Predictions"));
    picture.rect({{}, size}, colors.panel);
    for (std::size_t i = 0; i < predictions.size(); ++i) {
        const QPointF corner(static_cast<double>(i % columns) * (side + gap),
                             static_cast<double>(i / columns) * rowHeight);
        drawPrediction(picture, QRectF(corner, QSizeF(side, rowHeight)), predictions[i], twoLines, colors);
    }
    return picture;
}

Figure confusionFigure(const std::vector<std::vector<int>>& confusion, const std::vector<std::string>& names,
                       double width)
{
    const ThemeColors& colors = printColors();
    const double full = width * pxOfMillimetre;
    const std::size_t classes = confusion.size();
    qsizetype longest = 1;
    for (const std::string& name : names)
        longest = std::max(longest, QString::fromStdString(name).size());
    longest = std::min<qsizetype>(longest, longestName);
    const double nameWidth = 6.6 * static_cast<double>(longest);
    const double margin = 26.0 + nameWidth;
    const double cell = (full - margin - 2.0) / static_cast<double>(std::max<std::size_t>(1, classes));
    const bool upright = nameWidth > cell - 4.0; // names above their columns
    const double top = 28.0 + (upright ? nameWidth : 8.0);
    const double cellHeight = std::min(cell, 30.0);
    const double side = cellHeight * static_cast<double>(classes);
    const QSizeF size(full, top + side + 2.0);
    Picture picture(size, Figures::tr("Confusion matrix"));
    picture.rect({{}, size}, colors.panel);
    picture.text({margin + cell * static_cast<double>(classes) / 2.0, 11.0}, Figures::tr("predicted"),
                 {small, colors.quietText, false, Anchor::Middle});
    picture.uprightText({11.0, top + side / 2.0}, Figures::tr("true"),
                        {small, colors.quietText, false, Anchor::Middle});
    const int letters = std::clamp(static_cast<int>(cellHeight * 0.42), 5, 11);
    const auto named = static_cast<std::size_t>(std::ceil((letters + 2.0) / std::max(cellHeight, 0.1)));
    for (std::size_t row = 0; row < classes; ++row) {
        const double y = top + cellHeight * static_cast<double>(row);
        const double middle = y + cellHeight / 2.0 + letters * 0.36;
        const QString name =
            row < names.size() ? shortened(QString::fromStdString(names[row]), longestName) : QString();
        const double column = margin + cell * (static_cast<double>(row) + 0.5);
        if (row % named == 0) { // where rows are low, not every name has room
            picture.text({margin - 6.0, middle}, name, {letters, colors.text, true, Anchor::End});
            if (upright)
                picture.uprightText({column + letters * 0.36, top - 8.0}, name,
                                    {letters, colors.text, true, Anchor::Start});
            else
                picture.text({column, top - 8.0}, name, {letters, colors.text, true, Anchor::Middle});
        }
        const int total = std::accumulate(confusion[row].begin(), confusion[row].end(), 0);
        for (std::size_t predicted = 0; predicted < classes; ++predicted) {
            const int count = confusion[row][predicted];
            const QRectF place(margin + cell * static_cast<double>(predicted), y, cell, cellHeight);
            const double share = total > 0 ? static_cast<double>(count) / total : 0.0;
            const bool hit = row == predicted;
            // Mistakes are rare where a network is good: their share's root is what shows them.
            const double strength = hit ? 0.15 + 0.7 * share : std::sqrt(share);
            const QColor fill = count == 0 ? colors.panel
                                : hit      ? mixed(colors.panel, colors.correct, strength)
                                           : mixed(colors.panel, colors.wrong, std::min(0.85, strength));
            picture.rect(place, fill, 0.0, colors.line);
            if (classes > mostNumberedClasses)
                continue;
            const QColor ink = count == 0                      ? mixed(colors.quietText, colors.panel, 0.5)
                               : strength > (hit ? 0.55 : 0.5) ? colors.panel
                                                               : colors.text;
            picture.text({place.center().x(), middle}, QString::number(count),
                         {letters, ink, hit, Anchor::Middle});
        }
    }
    return picture;
}

Figure drawingFigure(const StrokeSample& drawing, const QString& caption, double width)
{
    const ThemeColors& colors = printColors();
    const double side = width * pxOfMillimetre;
    const QSizeF size(side, side + (caption.isEmpty() ? 0.0 : 22.0));
    Picture picture(size, Figures::tr("Drawing"));
    picture.rect({{}, size}, colors.panel);
    picture.rect({0.0, 0.0, side, side}, Qt::black);
    if (!drawing.picture.ink.empty())
        picture.pixels({0.0, 0.0, side, side}, greyImage(canvasWith(drawing.picture)));
    const double scale = side / canvasSide;
    for (std::size_t i = 0; i < drawing.strokes.size(); ++i) {
        const double pen = i < drawing.pens.size() ? drawing.pens[i] : canvasPen;
        const LiveStroke stroke = strokeOnCanvas(drawing.strokes[i], pen);
        const Stroke path = smoothStroke(stroke.points, 4.0);
        const std::vector<double> radii = stroke.erases ? std::vector<double>(path.size(), stroke.radius)
                                                        : taperedRadii(path, stroke.radius);
        const QColor color = stroke.erases ? Qt::black : Qt::white;
        const auto place = [scale](const StrokePoint& point) { return QPointF(point.x, point.y) * scale; };
        if (path.size() == 1)
            picture.circle(place(path[0]), radii[0] * scale, color);
        for (std::size_t k = 1; k < path.size(); ++k)
            picture.polyline({place(path[k - 1]), place(path[k])}, color, (radii[k - 1] + radii[k]) * scale);
    }
    if (!caption.isEmpty())
        picture.text({side / 2.0, side + 15.0}, caption, {11, colors.text, true, Anchor::Middle});
    return picture;
}

} // namespace chainrule
