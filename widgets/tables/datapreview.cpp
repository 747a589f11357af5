// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tables/datapreview.h"

#include "widgets/fields/numbertext.h"
#include "widgets/style/card.h"
#include "widgets/style/stylepaint.h"
#include "widgets/style/theme.h"
#include "widgets/tables/datapreviewmodels.h"

#include <QApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QScrollBar>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr int cardInset = 8;    // from a card to its table
constexpr int inset = 4;        // from a cell's edges to what it shows, as in the header
constexpr int columnGap = 12;   // from what it shows to the next column, at least
constexpr int pictureInset = 3; // above and below pictures
constexpr int pictureGap = 4;   // between them

QSizeF pictureSize(const QImage& picture, double side)
{
    return QSizeF(picture.size()).scaled(2.0 * side, side, Qt::KeepAspectRatio);
}
constexpr int leastRow = 44;   // height; the pictures of it
constexpr int featureRows = 7; // so many are seen at once

class ClassDelegate : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const auto* model = static_cast<const DataClassModel*>(index.model());
        const DataClass& shown = model->classes()[static_cast<std::size_t>(index.row())];
        painter->save();
        QStyleOptionViewItem ground = option;
        ground.index = index;
        ground.state &= ~QStyle::State_MouseOver; // one cell says nothing about its row
        const QStyle* style = option.widget != nullptr ? option.widget->style() : QApplication::style();
        style->drawPrimitive(QStyle::PE_PanelItemViewItem, &ground, painter, option.widget);
        switch (index.column()) {
        case DataClassModel::NameColumn:
            paintName(*painter, option, shown);
            break;
        case DataClassModel::CountColumn:
            paintCount(*painter, option, index);
            break;
        case DataClassModel::MeanColumn:
            paintPictures(*painter, option, {shown.mean});
            break;
        default:
            paintPictures(*painter, option, shown.samples);
        }
        painter->restore();
    }

private:
    static void paintName(QPainter& painter, const QStyleOptionViewItem& option, const DataClass& shown)
    {
        QFont font = option.font;
        font.setWeight(QFont::DemiBold);
        const QFontMetricsF metrics(font);
        const QRectF room = QRectF(option.rect).adjusted(inset, 0, -columnGap, 0);
        painter.setFont(font);
        painter.setPen(shown.isAll ? themeColors(option.palette).quietText
                                   : themeColors(option.palette).text);
        painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(shown.name, Qt::ElideRight, room.width()));
    }

    static void paintCount(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index)
    {
        const ThemeColors& colors = themeColors(option.palette);
        const QFontMetricsF metrics(option.font);
        const QRectF room = QRectF(option.rect).adjusted(inset, 0, -columnGap, 0);
        const QVariant share = index.data(DataClassModel::ShareRole);
        const double height = std::max(4.0, std::round(metrics.height() * 0.3));
        const double gap = 3.0;
        const double textHeight = metrics.ascent() + metrics.descent();
        const double all = textHeight + (share.isValid() ? gap + height : 0.0);
        const double top = std::round(room.center().y() - all / 2.0);
        painter.setFont(option.font);
        painter.setPen(colors.text);
        drawTabular(painter, {room.left(), top + metrics.ascent()}, index.data().toString());
        if (!share.isValid())
            return;
        const QRectF track(room.left(), top + textHeight + gap, room.width(), height);
        drawBox(&painter, track, 2.0, mix(colors.panel, colors.line, 0.6));
        if (share.toDouble() > 0.0) {
            const double width = std::max(1.0, track.width() * share.toDouble());
            drawBox(&painter, QRectF(track.topLeft(), QSizeF(width, height)), 2.0, colors.accent);
        }
    }

    // As many as there is room for, whole; pixels stay sharp where they are enlarged.
    static void paintPictures(QPainter& painter, const QStyleOptionViewItem& option,
                              const std::vector<QImage>& pictures)
    {
        const double side = option.rect.height() - 2 * pictureInset;
        double left = option.rect.left() + inset;
        for (const QImage& picture : pictures) {
            if (picture.isNull())
                continue;
            const QSizeF size = pictureSize(picture, side);
            if (left + size.width() > option.rect.right() + 1)
                return;
            const QRectF room(left, std::round(option.rect.center().y() + 0.5 - size.height() / 2.0),
                              size.width(), size.height());
            painter.setRenderHint(QPainter::SmoothPixmapTransform, size.width() < picture.width());
            painter.drawImage(room, picture);
            painter.setRenderHint(QPainter::Antialiasing, false);
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(themeColors(option.palette).line, 1.0));
            painter.drawRect(room.adjusted(-0.5, -0.5, 0.5, 0.5));
            left += size.width() + pictureGap;
        }
    }
};

QTableView* makeTable(const QString& name)
{
    auto* table = new QTableView;
    table->setAccessibleName(name);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setShowGrid(false);
    table->setFrameShape(QFrame::NoFrame);
    table->setTabKeyNavigation(false);
    table->setWordWrap(false);
    table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->verticalHeader()->hide();
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table->horizontalHeader()->setMinimumSectionSize(1);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setSectionsClickable(false);
    return table;
}

} // namespace

DataPreview::DataPreview(QWidget* parent)
    : QWidget(parent)
    , m_title(new QLabel)
    , m_about(new QLabel)
    , m_note(new QLabel)
    , m_close(new QPushButton(tr("Show training")))
    , m_classes(makeTable(tr("Classes")))
    , m_features(makeTable(tr("Features")))
    , m_classModel(new DataClassModel(this))
    , m_featureModel(new DataFeatureModel(this))
{
    QFont bold = m_title->font();
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    m_title->setTextFormat(Qt::PlainText);
    m_title->setAccessibleName(tr("Current data"));
    m_about->setForegroundRole(QPalette::PlaceholderText);
    m_about->setAccessibleName(tr("About the data"));
    m_about->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_note->setWordWrap(true);
    m_note->setTextFormat(Qt::PlainText);
    m_note->setAccessibleName(tr("Note on the data"));
    m_note->setForegroundRole(QPalette::PlaceholderText);
    m_note->hide();
    m_close->setAccessibleName(m_close->text());
    m_close->setToolTip(tr("Back to curves and predictions"));
    connect(m_close, &QPushButton::clicked, this, &DataPreview::closeWanted);

    m_classes->setModel(m_classModel);
    m_classes->setItemDelegate(new ClassDelegate(m_classes));
    m_features->setModel(m_featureModel);

    auto* header = new QHBoxLayout;
    header->setSpacing(8);
    header->addWidget(m_title);
    header->addWidget(m_about, 1);
    header->addWidget(m_close);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 12, 16, 12);
    layout->setSpacing(8);
    layout->addLayout(header);
    layout->addWidget(m_note);
    const auto inCard = [](QTableView* table, Card*& card) {
        card = new Card;
        auto* content = new QVBoxLayout(card);
        content->setContentsMargins(cardInset, cardInset, cardInset, cardInset);
        content->addWidget(table);
        return card;
    };
    layout->addWidget(inCard(m_classes, m_classCard), 1);
    layout->addWidget(inCard(m_features, m_featureCard));
    m_featureCard->hide();
    arrange();
}

void DataPreview::setSummary(const DataSummary& summary)
{
    m_title->setText(summary.title);
    m_title->setAccessibleDescription(summary.title);
    m_about->setText(summary.about);
    m_about->setAccessibleDescription(summary.about);
    m_note->setText(summary.note);
    m_note->setAccessibleDescription(summary.note);
    m_note->setVisible(!summary.note.isEmpty());
    m_classModel->setContent(summary.classes, summary.meanTitle);
    m_classCard->setVisible(true);
    m_featureModel->setFeatures(summary.features);
    m_featureCard->setVisible(!summary.features.empty());
    arrange();
    layout()->activate(); // so that the tables have their height, by which rows are made
    arrange();
}

void DataPreview::setWaiting(const QString& why)
{
    DataSummary nothing;
    nothing.about = why;
    setSummary(nothing);
    m_classCard->setVisible(false);
}

void DataPreview::arrange()
{
    if (m_featureModel == nullptr)
        return;
    const QFontMetrics metrics = fontMetrics();
    // Few classes get larger pictures.
    const int rows = std::max(1, m_classModel->rowCount());
    const int room = m_classes->viewport()->height() / rows;
    const int least = std::max(leastRow, 2 * metrics.height() + 6);
    m_classes->verticalHeader()->setDefaultSectionSize(std::clamp(room, least, 2 * least));
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    int name = QFontMetrics(bold).horizontalAdvance(tr("Class"));
    const double side = m_classes->verticalHeader()->defaultSectionSize() - 2 * pictureInset;
    int mean = 0;
    for (const DataClass& each : m_classModel->classes()) {
        name = std::max(name, QFontMetrics(bold).horizontalAdvance(each.name) + 1);
        if (!each.mean.isNull())
            mean = std::max(mean, static_cast<int>(std::ceil(pictureSize(each.mean, side).width())) + 1);
    }
    const int all = width() - 32 - 2 * cardInset - m_classes->verticalScrollBar()->sizeHint().width();
    const int title = metrics.horizontalAdvance(
        m_classModel->headerData(DataClassModel::MeanColumn, Qt::Horizontal).toString());
    name = std::min(name + inset + columnGap, std::max(1, all / 4));
    const int count = std::max(metrics.horizontalAdvance(QStringLiteral("0")) * 10, all / 6);
    mean = mean == 0 ? 1 : std::max(mean, title) + inset + columnGap;
    m_classes->setColumnWidth(DataClassModel::NameColumn, name);
    m_classes->setColumnWidth(DataClassModel::CountColumn, count);
    m_classes->setColumnWidth(DataClassModel::MeanColumn, mean);
    m_classes->setColumnWidth(DataClassModel::SamplesColumn, std::max(1, all - name - count - mean));

    const int row = metrics.height() + 8;
    m_features->verticalHeader()->setDefaultSectionSize(row);
    const int shown = std::min(featureRows, m_featureModel->rowCount());
    m_features->setFixedHeight(shown * row + m_features->horizontalHeader()->sizeHint().height() +
                               (m_featureModel->rowCount() > featureRows ? row / 2 : 0));
    const int number = std::max(1, std::min(all / 6, metrics.horizontalAdvance(QStringLiteral("0")) * 14));
    for (int column = 1; column < DataFeatureModel::ColumnCount; ++column)
        m_features->setColumnWidth(column, number);
    m_features->setColumnWidth(DataFeatureModel::NameColumn, std::max(1, all - 4 * number));
}

void DataPreview::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (m_featureModel == nullptr)
        return;
    if (event->type() == QEvent::LocaleChange) {
        m_classModel->setLocale(locale());
        m_featureModel->setLocale(locale());
    }
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        arrange();
}

void DataPreview::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    arrange();
}

} // namespace chainrule
