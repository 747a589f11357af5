// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/images/imagestrip.h"

#include "widgets/images/imagestripmodel.h"
#include "widgets/style/theme.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStyle>

#include <algorithm>

namespace chainrule {

namespace {

constexpr int gap = 8;
constexpr int leastSide = 40; ///< of a picture

bool says(const StripItem& item)
{
    return item.correct.has_value() || !item.caption.isEmpty();
}

} // namespace

ImageStrip::ImageStrip(QWidget* parent)
    : QListView(parent)
    , m_model(new ImageStripModel(this))
{
    setModel(m_model);
    setItemDelegate(new ImageStripDelegate(m_model, this));
    setFlow(QListView::LeftToRight);
    setWrapping(true);
    setResizeMode(QListView::Adjust);
    setMovement(QListView::Static);
    setUniformItemSizes(true);
    setFrameShape(QFrame::NoFrame);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setAutoFillBackground(false);
    viewport()->setAttribute(Qt::WA_Hover);
    connect(this, &QAbstractItemView::clicked, this,
            [this](const QModelIndex& at) { emit chosen(at.row()); });
    setFitsContent(false);
    arrange();
}

void ImageStrip::setItems(std::vector<StripItem> items)
{
    if (!m_model->setItems(std::move(items)))
        return;
    const std::vector<StripItem>& shown = m_model->items();
    m_captions = std::any_of(shown.begin(), shown.end(), says);
    arrange();
    describe();
    viewport()->update();
}

int ImageStrip::itemCount() const
{
    return m_model->rowCount();
}

void ImageStrip::setColumns(int columns)
{
    m_columns = std::max(1, columns);
    arrange();
}

void ImageStrip::setFitsContent(bool fits)
{
    m_fits = fits;
    QSizePolicy policy(QSizePolicy::Expanding, fits ? QSizePolicy::Fixed : QSizePolicy::Expanding);
    policy.setHeightForWidth(fits);
    setSizePolicy(policy);
    arrange();
}

void ImageStrip::setPlaceholder(const QString& text)
{
    m_placeholder = text;
    describe();
    arrange();
    viewport()->update();
}

int ImageStrip::currentRow() const
{
    return currentIndex().isValid() ? currentIndex().row() : -1;
}

void ImageStrip::describe()
{
    // The placeholder is painted only; whoever cannot see it is told as well.
    const QString description = itemCount() == 0 ? m_placeholder : QString();
    if (description != accessibleDescription())
        setAccessibleDescription(description);
}

int ImageStrip::rowsOf(int items) const
{
    return (items + m_columns - 1) / m_columns;
}

int ImageStrip::sideFor(int contentWidth) const
{
    return std::max(1, (contentWidth + gap) / m_columns - gap);
}

int ImageStrip::cellHeight(int contentWidth) const
{
    return sideFor(contentWidth) + (m_captions ? ImageStripDelegate::captionHeight(font()) : 0) + gap;
}

int ImageStrip::contentHeight(int contentWidth) const
{
    const int rows = rowsOf(itemCount());
    return rows == 0 ? placeholderHeight(contentWidth) : rows * cellHeight(contentWidth) - gap;
}

int ImageStrip::placeholderHeight(int width) const
{
    if (m_placeholder.isEmpty())
        return 0;
    return fontMetrics()
        .boundingRect(QRect(0, 0, std::max(1, width), 10'000), Qt::TextWordWrap, m_placeholder)
        .height();
}

void ImageStrip::arrange()
{
    const int all = width();
    // Decided here and not by the bar itself: tiles that grow when it goes would call it back.
    const bool scrolls = !m_fits && itemCount() > 0 && contentHeight(all) > height();
    setVerticalScrollBarPolicy(scrolls ? Qt::ScrollBarAlwaysOn : Qt::ScrollBarAlwaysOff);
    const int room = scrolls ? all - verticalScrollBar()->sizeHint().width() - gap / 2 : all;
    m_room = room;
    // Tiles stand in the list's own cells, which leave no gap behind the last column; it breaks a row that
    // fills the whole width.
    setGridSize({std::max(1, (room - 1) / m_columns), cellHeight(room)});
    const int wanted = m_fits ? heightForWidth(all) : 0;
    if (wanted != m_askedHeight) {
        m_askedHeight = wanted;
        updateGeometry();
    }
}

void ImageStrip::updateGeometries()
{
    QListView::updateGeometries();
    // Below the last row there is no gap either, and so nothing to scroll to.
    QScrollBar* bar = verticalScrollBar();
    bar->setMaximum(m_fits ? 0 : std::max(0, bar->maximum() - gap));
}

QRect ImageStrip::visualRect(const QModelIndex& index) const
{
    const QRect cell = QListView::visualRect(index);
    if (!cell.isValid())
        return cell;
    const int left = index.row() % m_columns * (m_room + gap) / m_columns - horizontalOffset();
    return {left, cell.top(), sideFor(m_room), gridSize().height() - gap};
}

QRect ImageStrip::pictureRect(int row) const
{
    const QRect tile = visualRect(m_model->index(row));
    return {tile.topLeft(), QSize(tile.width(), tile.width())};
}

int ImageStrip::heightForWidth(int width) const
{
    return contentHeight(width);
}

QSize ImageStrip::sizeHint() const
{
    const int side = std::max(leastSide, fontMetrics().height() * 3);
    const int width = m_columns * (side + gap) - gap;
    return {width, contentHeight(m_fits && m_placed ? this->width() : width)};
}

QSize ImageStrip::minimumSizeHint() const
{
    const int width = m_columns * (leastSide + gap) - gap;
    if (m_fits)
        return {width, sizeHint().height()};
    return {width, std::min(contentHeight(width), cellHeight(width))};
}

QItemSelectionModel::SelectionFlags ImageStrip::selectionCommand(const QModelIndex& index,
                                                                 const QEvent* event) const
{
    // Ctrl and click would leave no tile chosen.
    const QItemSelectionModel::SelectionFlags flags = QListView::selectionCommand(index, event);
    return flags.testFlag(QItemSelectionModel::Deselect) ? QItemSelectionModel::ClearAndSelect : flags;
}

void ImageStrip::keyPressEvent(QKeyEvent* event)
{
    const int row = currentRow();
    switch (event->key()) {
    case Qt::Key_Space:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (row < 0)
            break;
        selectionModel()->setCurrentIndex(currentIndex(), QItemSelectionModel::ClearAndSelect);
        emit chosen(row);
        return;
    case Qt::Key_Delete:
    case Qt::Key_Backspace:
        if (row < 0)
            break;
        emit removalWanted(row);
        return;
    default:
        // Digits label drawings; a search by caption would take them away.
        if (!event->text().isEmpty() && event->text().at(0).isPrint())
            break;
        QListView::keyPressEvent(event);
        return;
    }
    event->ignore();
}

void ImageStrip::contextMenuEvent(QContextMenuEvent* event)
{
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex at = byKey ? currentIndex() : indexAt(event->pos());
    if (!at.isValid()) {
        event->ignore();
        return;
    }
    if (byKey)
        scrollTo(at);
    emit menuWanted(at.row(), byKey ? viewport()->mapToGlobal(visualRect(at).center()) : event->globalPos());
}

void ImageStrip::paintEvent(QPaintEvent* event)
{
    QListView::paintEvent(event);
    if (itemCount() > 0 || m_placeholder.isEmpty())
        return;
    QPainter painter(viewport());
    painter.setPen(themeColors(palette()).quietText);
    painter.drawText(viewport()->rect(), Qt::TextWordWrap | Qt::AlignLeft | Qt::AlignTop, m_placeholder);
}

void ImageStrip::resizeEvent(QResizeEvent* event)
{
    QListView::resizeEvent(event);
    m_placed = true;
    arrange();
}

void ImageStrip::changeEvent(QEvent* event)
{
    QListView::changeEvent(event);
    if (m_model != nullptr && (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange))
        arrange();
}

} // namespace chainrule
