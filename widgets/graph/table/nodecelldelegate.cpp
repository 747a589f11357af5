// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/table/nodecelldelegate.h"

#include "core/scalar/gradientcheck.h"
#include "widgets/fields/numbertext.h"
#include "widgets/graph/table/nodetablemodel.h"
#include "widgets/style/icons.h"
#include "widgets/style/theme.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QPainter>

#include <cmath>

namespace chainrule {

namespace {

constexpr int inset = 6; ///< from a cell's sides to what it says

bool isNumber(const QModelIndex& index)
{
    return index.column() >= NodeTableModel::ValueColumn;
}

bool agrees(const QVariant& verdict)
{
    return verdict.toInt() == static_cast<int>(scalar::Verdict::Agrees);
}

int signSize(const QFontMetricsF& metrics)
{
    return static_cast<int>(std::ceil(metrics.ascent() * 1.2));
}

/// What stands behind the sign, which is drawn: no font needs to have it.
QString withoutSign(const QString& text)
{
    return text.mid(text.indexOf(QLatin1Char(' ')) + 1);
}

} // namespace

NodeCellDelegate::NodeCellDelegate(QObject* parent)
    : QStyledItemDelegate(parent)
{
}

QStyleOptionViewItem NodeCellDelegate::measuringOption(const QAbstractItemView* view)
{
    QStyleOptionViewItem option;
    option.initFrom(view);
    option.widget = view;
    option.font = view->font();
    option.fontMetrics = view->fontMetrics();
    return option;
}

void NodeCellDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    if (index.column() == NodeTableModel::NodeColumn) {
        option->font.setWeight(QFont::DemiBold);
        option->fontMetrics = QFontMetrics(option->font);
    }
}

void NodeCellDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                             const QModelIndex& index) const
{
    QStyleOptionViewItem cell = option;
    initStyleOption(&cell, index);
    const QString text = cell.text;
    if (isNumber(index))
        cell.text.clear();
    const QStyle* style = cell.widget != nullptr ? cell.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, cell.widget);

    const ThemeColors& colors = themeColors(cell.palette);
    painter->save();
    painter->setPen(colors.line);
    painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    if (isNumber(index)) {
        const QVariant verdict = index.data(NodeTableModel::VerdictRole);
        const QFontMetricsF metrics(cell.font);
        QRectF room = QRectF(option.rect).adjusted(inset, 0, -inset, 0);
        QString shown = verdict.isValid() ? withoutSign(text) : text;
        const int sign = signSize(metrics);
        const double signWidth = verdict.isValid() ? sign + 2.0 : 0.0;
        if (tabularWidth(shown, metrics) > room.width() - signWidth)
            shown = metrics.elidedText(shown, Qt::ElideRight, room.width() - signWidth);
        const double left = room.right() - tabularWidth(shown, metrics);
        if (verdict.isValid()) {
            const QRect place(static_cast<int>(std::lround(left - signWidth)),
                              option.rect.center().y() - sign / 2, sign, sign);
            icon(agrees(verdict) ? QStringLiteral("check") : QStringLiteral("warning"),
                 agrees(verdict) ? IconRole::Correct : IconRole::Wrong)
                .paint(painter, place);
        }
        painter->setFont(cell.font);
        painter->setPen(index.column() == NodeTableModel::GradientColumn ? colors.validationText
                        : !verdict.isValid()                             ? colors.text
                        : agrees(verdict)                                ? colors.correct
                                                                         : colors.wrong);
        const double baseline = room.center().y() + (metrics.ascent() - metrics.descent()) / 2.0;
        drawTabular(*painter, {left, baseline}, shown);
    }
    painter->restore();
}

QSize NodeCellDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    if (!isNumber(index))
        return QStyledItemDelegate::sizeHint(option, index);
    const QFontMetricsF metrics(option.font);
    const QString text = index.data().toString();
    const bool signedText = index.data(NodeTableModel::VerdictRole).isValid();
    const double width = signedText ? tabularWidth(withoutSign(text), metrics) + signSize(metrics) + 2.0
                                    : tabularWidth(text, metrics);
    return {static_cast<int>(std::ceil(width)) + 2 * inset, option.fontMetrics.height() + 10};
}

} // namespace chainrule
