// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/images/imagestripmodel.h"

#include "widgets/fields/numbertext.h"
#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr double corner = 5.0;
constexpr double captionGap = 3.0;
constexpr double markGap = 4.0;

QFont captionFont(const QFont& font)
{
    return scaledFont(font, 0.88);
}

QString verdictWord(const StripItem& item)
{
    return !item.correct ? QString() : *item.correct ? ImageStrip::tr("correct") : ImageStrip::tr("wrong");
}

/// Where an image stands in the middle of `room`: its pixels whole ones of the device, or one and a half.
QRectF placeOf(const QImage& image, const QRectF& room, double ratio)
{
    const QSizeF size(image.size());
    double scale = std::min(room.width() / size.width(), room.height() / size.height()) * ratio;
    if (scale >= 1.0)
        scale = std::max(1.0, std::floor(scale * 2.0) / 2.0);
    const QSizeF drawn = size * (scale / ratio);
    const double left = std::round((room.center().x() - drawn.width() / 2.0) * ratio) / ratio;
    const double top = std::round((room.center().y() - drawn.height() / 2.0) * ratio) / ratio;
    return {QPointF(left, top), drawn};
}

void paintPicture(QPainter& painter, const QRectF& place, const QImage& image)
{
    QPainterPath outline;
    outline.addRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), corner, corner);
    painter.fillPath(outline, Qt::black); // the ground of the pictures themselves, in every theme
    if (image.isNull())
        return;
    const double ratio = painter.device()->devicePixelRatioF();
    const QRectF target = placeOf(image, place.adjusted(1.0, 1.0, -1.0, -1.0), ratio);
    painter.save();
    painter.setClipPath(outline);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, target.width() * ratio < image.width());
    painter.drawImage(target, image);
    painter.restore();
}

void paintFrame(QPainter& painter, const QRectF& place, const QStyleOptionViewItem& option,
                const StripItem& item)
{
    const ThemeColors& colors = themeColors(option.palette);
    if (showsKeyboardFocus(option) || (option.state & QStyle::State_Selected)) {
        drawBox(&painter, place, corner, {}, colors.accent, 2);
        if (!showsKeyboardFocus(option))
            return;
        // Twice as wide as a mere selection, with a line between, so that one is not taken for the other.
        drawBox(&painter, place.adjusted(2, 2, -2, -2), corner - 2, {}, colors.panel, 1);
        drawBox(&painter, place.adjusted(3, 3, -3, -3), corner - 3, {}, colors.accent, 1);
        return;
    }
    if (item.correct)
        drawBox(&painter, place, corner, {}, *item.correct ? colors.correct : colors.wrong, 2);
    else
        drawBox(&painter, place, corner, {},
                option.state & QStyle::State_MouseOver ? colors.quietText : colors.line);
}

void paintCaption(QPainter& painter, const QRectF& line, const QStyleOptionViewItem& option,
                  const StripItem& item)
{
    const ThemeColors& colors = themeColors(option.palette);
    const QFont font = captionFont(option.font);
    const QFontMetricsF metrics(font);
    const double mark = item.correct ? std::max(8.0, metrics.capHeight()) : 0.0;
    const double markRoom = item.correct ? mark + (item.caption.isEmpty() ? 0.0 : markGap) : 0.0;
    QString text = item.caption;
    if (tabularWidth(text, metrics) > line.width() - markRoom + 0.5)
        text = metrics.elidedText(text, Qt::ElideRight, std::max(0.0, line.width() - markRoom));
    const double width = markRoom + tabularWidth(text, metrics);
    double left = line.left() + std::max(0.0, (line.width() - width) / 2.0);
    const double baseline = line.top() + metrics.ascent();
    if (item.correct)
        drawVerdict(&painter, {left + mark / 2.0, baseline - metrics.capHeight() / 2.0}, mark, *item.correct,
                    *item.correct ? colors.correct : colors.wrong);
    left += markRoom;
    painter.setFont(font);
    painter.setPen(!item.correct ? colors.quietText : *item.correct ? colors.correct : colors.wrong);
    drawTabular(painter, {left, baseline}, text);
}

} // namespace

bool ImageStripModel::setItems(std::vector<StripItem> items)
{
    if (items == m_items)
        return false;
    const int before = rowCount();
    const int after = static_cast<int>(items.size());
    int first = -1;
    int last = -1;
    for (int row = 0; row < std::min(before, after); ++row) {
        StripItem& old = m_items[static_cast<std::size_t>(row)];
        StripItem& young = items[static_cast<std::size_t>(row)];
        if (old == young)
            continue;
        old = std::move(young);
        first = first < 0 ? row : first;
        last = row;
    }
    if (after < before) {
        beginRemoveRows({}, after, before - 1);
        m_items.resize(static_cast<std::size_t>(after));
        endRemoveRows();
    } else if (after > before) {
        beginInsertRows({}, before, after - 1);
        m_items.insert(m_items.end(), std::make_move_iterator(items.begin() + before),
                       std::make_move_iterator(items.end()));
        endInsertRows();
    }
    if (first >= 0)
        emit dataChanged(index(first), index(last));
    return true;
}

int ImageStripModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_items.size());
}

QVariant ImageStripModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const StripItem& item = m_items[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return item.caption;
    case Qt::ToolTipRole:
    case Qt::AccessibleDescriptionRole:
        return item.tip.isEmpty() ? QVariant() : QVariant(item.tip);
    case Qt::AccessibleTextRole: {
        const QString caption = item.caption.isEmpty()
                                    ? ImageStrip::tr("Picture %1").arg(QLocale().toString(index.row() + 1))
                                    : item.caption;
        const QString verdict = verdictWord(item);
        return verdict.isEmpty() ? caption
                                 : ImageStrip::tr("%1, %2", "caption, verdict").arg(caption, verdict);
    }
    default:
        return {};
    }
}

ImageStripDelegate::ImageStripDelegate(const ImageStripModel* model, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_model(model)
{
}

int ImageStripDelegate::captionHeight(const QFont& font)
{
    return static_cast<int>(std::ceil(QFontMetricsF(captionFont(font)).height() + captionGap));
}

QSize ImageStripDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    const auto* list = qobject_cast<const QListView*>(option.widget);
    return list != nullptr ? list->gridSize() : QSize(64, 64);
}

void ImageStripDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                               const QModelIndex& index) const
{
    const StripItem& item = m_model->items()[static_cast<std::size_t>(index.row())];
    const QRectF tile(option.rect);
    const QRectF place(tile.topLeft(), QSizeF(tile.width(), tile.width()));
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    paintPicture(*painter, place, item.image);
    paintFrame(*painter, place, option, item);
    if (tile.height() > place.height())
        paintCaption(*painter, {tile.left(), place.bottom() + captionGap, tile.width(), tile.height()},
                     option, item);
    painter->restore();
}

} // namespace chainrule
