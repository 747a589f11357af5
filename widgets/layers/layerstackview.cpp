// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/layerstackview.h"

#include "widgets/layers/layercarddelegate.h"
#include "widgets/layers/layerfields.h"
#include "widgets/layers/layerstackedits.h"
#include "widgets/layers/layerstackmodel.h"
#include "widgets/style/icons.h"
#include "widgets/style/theme.h"

#include <QAccessible>
#include <QAction>
#include <QEvent>
#include <QGridLayout>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QLabel>
#include <QListView>
#include <QLocale>
#include <QPushButton>
#include <QScrollBar>
#include <QShortcut>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>

namespace chainrule {

namespace {

/// Taller stacks scroll, and then half a card at the lower edge shows that there is more.
constexpr int visibleCardsOfOneLine = 7;
constexpr int visibleTallCards = 5;
constexpr int scrollBarGap = 6;

QString withShortcut(const QString& text, const QKeySequence& keys)
{
    return QStringLiteral("%1 (%2)").arg(text, keys.toString(QKeySequence::NativeText));
}

} // namespace

LayerStackView::LayerStackView(QWidget* parent)
    : QWidget(parent)
{
    createActions();
    createFields();
    createList();
    arrange();
    applyColors();
    showChosen();
    showTotal();
    fitList();
}

void LayerStackView::createActions()
{
    m_addAction = new QAction(tr("Add layer"), this);
    m_addAction->setShortcuts({QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_A), QKeySequence(Qt::Key_Insert)});
    m_removeAction = new QAction(tr("Remove layer"), this);
    m_removeAction->setShortcut(QKeySequence(Qt::Key_Delete));
    m_upAction = new QAction(tr("Move layer up"), this);
    m_upAction->setShortcut(QKeySequence(Qt::ALT | Qt::Key_Up));
    m_downAction = new QAction(tr("Move layer down"), this);
    m_downAction->setShortcut(QKeySequence(Qt::ALT | Qt::Key_Down));
    for (QAction* action : layerActions())
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);

    connect(m_addAction, &QAction::triggered, this, &LayerStackView::addLayer);
    connect(m_removeAction, &QAction::triggered, this, &LayerStackView::removeLayer);
    connect(m_upAction, &QAction::triggered, this, [this] { moveLayer(chosenRow(), chosenRow() - 1); });
    connect(m_downAction, &QAction::triggered, this, [this] { moveLayer(chosenRow(), chosenRow() + 1); });
    addAction(m_addAction);
}

void LayerStackView::createList()
{
    m_model = new LayerStackModel(this);
    m_delegate = new LayerCardDelegate(this);
    m_list = new QListView;
    m_list->setAccessibleName(tr("Layers"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(m_delegate);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->viewport()->setAutoFillBackground(false);
    m_list->viewport()->setAttribute(Qt::WA_Hover);
    m_list->setSelectionMode(QAbstractItemView::SingleSelection);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setDragDropMode(QAbstractItemView::InternalMove);
    m_list->setDefaultDropAction(Qt::MoveAction);
    m_list->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    m_list->installEventFilter(this);

    // These keys mean other things in the fields, so they belong to the list alone.
    for (QAction* action : {m_removeAction, m_upAction, m_downAction})
        m_list->addAction(action);
    for (const auto key : {Qt::Key_F2, Qt::Key_Return, Qt::Key_Enter}) {
        auto* shortcut = new QShortcut(QKeySequence(key), m_list);
        shortcut->setContext(Qt::WidgetShortcut);
        connect(shortcut, &QShortcut::activated, m_fields, &LayerFields::editUnits);
    }

    connect(m_model, &LayerStackModel::moveProposed, this, &LayerStackView::moveLayer);
    connect(m_model, &QAbstractItemModel::rowsInserted, this,
            [this](const QModelIndex&, int first, int) { chooseRow(first); });
    connect(m_model, &QAbstractItemModel::rowsMoved, this,
            [this](const QModelIndex&, int from, int, const QModelIndex&, int before) {
                chooseRow(before > from ? before - 1 : before);
            });
    QItemSelectionModel* selection = m_list->selectionModel();
    connect(selection, &QItemSelectionModel::currentChanged, this, &LayerStackView::showChosen);
    // Ctrl and click would leave no card chosen while the fields still speak about one.
    connect(selection, &QItemSelectionModel::selectionChanged, this, [this, selection] {
        if (!selection->hasSelection() && selection->currentIndex().isValid())
            selection->select(selection->currentIndex(), QItemSelectionModel::Select);
    });
}

void LayerStackView::createFields()
{
    m_add = new QPushButton(tr("Layer"));
    m_add->setIcon(icon(QStringLiteral("plus")));
    m_add->setAccessibleName(tr("Add layer"));
    m_add->setToolTip(withShortcut(tr("Add a layer after the chosen one"), m_addAction->shortcut()));
    connect(m_add, &QPushButton::clicked, m_addAction, &QAction::trigger);

    m_remove = new QPushButton;
    m_remove->setIcon(icon(QStringLiteral("trash")));
    m_remove->setAccessibleName(tr("Remove layer"));
    connect(m_remove, &QPushButton::clicked, m_removeAction, &QAction::trigger);

    m_total = new QLabel;
    m_total->setForegroundRole(QPalette::PlaceholderText);
    m_total->setTextFormat(Qt::PlainText);
    m_total->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_total->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // placeTotal() finds room for it

    m_fields = new LayerFields;
    connect(m_fields, &LayerFields::unitsChosen, this, [this](int units) {
        propose(withUnits(stack(), chosenRow(), units), tr("Change units"), chosenRow());
    });
    connect(m_fields, &LayerFields::activationChosen, this, [this](Activation activation) {
        propose(withActivation(stack(), chosenRow(), activation), tr("Change activation"), chosenRow());
    });

    m_message = new QLabel;
    m_message->setTextFormat(Qt::PlainText);
    m_message->setWordWrap(true);
    m_message->hide();
}

void LayerStackView::arrange()
{
    m_buttonRow = new QGridLayout;
    m_buttonRow->setHorizontalSpacing(6);
    m_buttonRow->setVerticalSpacing(4);
    m_buttonRow->setColumnStretch(2, 1);
    m_buttonRow->addWidget(m_add, 0, 0);
    m_buttonRow->addWidget(m_remove, 0, 1);
    m_buttonRow->addWidget(m_total, 0, 2);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(m_list);
    layout->addLayout(m_buttonRow);
    layout->addWidget(m_fields);
    layout->addWidget(m_message);

    setTabOrder(m_list, m_add);
    setTabOrder(m_add, m_remove);
    m_fields->followInTabOrder(m_remove);
}

void LayerStackView::setStack(const LayerStack& stack, int imageWidth, int imageHeight)
{
    const int before = chosenRow();
    m_model->setStack(stack, imageWidth, imageHeight);
    const int last = m_model->rowCount() - 1;
    // Between equal layers the model cannot tell which one is new; the proposal can.
    if (m_proposal && m_proposal->stack == stack)
        chooseRow(m_proposal->row);
    else if (chosenRow() < 0)
        chooseRow(std::clamp(before < 0 ? 1 : before, 0, last));
    m_proposal.reset();
    showMessage({});
    showChosen();
    showTotal();
    fitList();
}

const LayerStack& LayerStackView::stack() const
{
    return m_model->stack();
}

int LayerStackView::chosenRow() const
{
    return m_list->currentIndex().row();
}

void LayerStackView::chooseRow(int row)
{
    m_list->setCurrentIndex(m_model->index(row));
}

QList<QAction*> LayerStackView::layerActions() const
{
    return {m_addAction, m_removeAction, m_upAction, m_downAction};
}

void LayerStackView::addLayer()
{
    m_fields->finishTyping(); // a number that is still being typed belongs to the layer chosen so far
    propose(withLayerAdded(stack(), chosenRow()), tr("Add layer"), insertionRow(stack(), chosenRow()));
}

void LayerStackView::removeLayer()
{
    // The next hidden layer takes the choice, so that several can be removed in a row.
    const int row = chosenRow();
    const int lastHidden = m_model->rowCount() - 3; // as it will be then
    propose(withLayerRemoved(stack(), row), tr("Remove layer"), std::max(1, std::min(row, lastHidden)));
}

void LayerStackView::moveLayer(int from, int to)
{
    if (isHiddenRow(stack(), from) && isHiddenRow(stack(), to))
        propose(withLayerMoved(stack(), from, to), tr("Move layer"), to);
}

void LayerStackView::propose(const Result<LayerStack>& edited, const QString& what, int row)
{
    if (!edited) {
        showChosen(); // the fields speak about the stack as it is, not as it was asked for
        showMessage(QString::fromStdString(edited.error().message()));
        return;
    }
    showMessage({});
    if (*edited == stack())
        return;
    m_proposal = Proposal{*edited, row};
    emit stackEdited(*edited, what);
    showChosen();
}

void LayerStackView::showChosen()
{
    const int row = chosenRow();
    const bool hidden = isHiddenRow(stack(), row);
    m_fields->showLayer(stack(), row, m_model->index(row).data(LayerStackModel::ShapeRole).toString());
    showMessage({});

    m_addAction->setEnabled(m_model->rowCount() > 1);
    m_add->setEnabled(m_addAction->isEnabled());
    m_removeAction->setEnabled(hidden);
    m_remove->setEnabled(hidden);
    m_upAction->setEnabled(hidden && row > 1);
    m_downAction->setEnabled(hidden && row < m_model->rowCount() - 2);
    m_remove->setToolTip(hidden ? withShortcut(tr("Remove layer"), m_removeAction->shortcut())
                                : tr("Input and output stay: only layers between them can be removed"));
}

void LayerStackView::showTotal()
{
    const std::int64_t total = parameterCount(stack());
    const auto plural = static_cast<int>(std::min<std::int64_t>(total, std::numeric_limits<int>::max()));
    m_total->setText(tr("%1 parameters", nullptr, plural).arg(QLocale().toString(qlonglong{total})));
    placeTotal();
}

void LayerStackView::placeTotal()
{
    const int inRow = m_add->sizeHint().width() + m_remove->sizeHint().width() + m_total->sizeHint().width() +
                      2 * m_buttonRow->horizontalSpacing();
    const bool below = inRow > contentsRect().width();
    m_buttonRow->removeWidget(m_total);
    if (below)
        m_buttonRow->addWidget(m_total, 1, 0, 1, 3);
    else
        m_buttonRow->addWidget(m_total, 0, 2);
}

void LayerStackView::showMessage(const QString& message)
{
    m_message->setText(message);
    m_message->setVisible(!message.isEmpty());
    if (!message.isEmpty()) {
        QAccessibleEvent alert(m_message, QAccessible::Alert);
        QAccessible::updateAccessibility(&alert);
    }
}

void LayerStackView::fitList()
{
    const int rows = m_model->rowCount();
    int wanted = 0;
    for (int row = 0; row < rows; ++row)
        wanted = std::max(wanted, m_delegate->oneLineWidth(m_list->font(), m_model->index(row)));

    // A scroll bar takes room, which may ask for two lines, of which fewer fit; never the other way round.
    const int width = contentsRect().width();
    const int besideBar = width - m_list->verticalScrollBar()->sizeHint().width() - scrollBarGap;
    const auto visibleCards = [](bool twoLines) {
        return twoLines ? visibleTallCards : visibleCardsOfOneLine;
    };
    const bool scrolls = rows > visibleCards(wanted > width);
    const bool twoLines = wanted > (scrolls ? besideBar : width);

    const bool relayout = m_delegate->hasTwoLines() != twoLines;
    m_delegate->setTwoLines(twoLines);
    m_delegate->setEndMargin(scrolls ? scrollBarGap : 0);
    if (relayout)
        m_list->doItemsLayout();
    const int rowHeight = m_delegate->rowHeight(m_list->font());
    m_list->setFixedHeight(scrolls ? rowHeight * (2 * visibleCards(twoLines) - 1) / 2 : rowHeight * rows);
    m_list->scrollTo(m_list->currentIndex());
}

void LayerStackView::applyColors()
{
    QPalette warning = palette();
    warning.setColor(QPalette::WindowText, themeColors(palette()).wrong);
    m_message->setPalette(warning);
}

void LayerStackView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyColors();
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        fitList();
        placeTotal();
    }
}

bool LayerStackView::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_list && event->type() == QEvent::Resize) {
        fitList();
        placeTotal();
    }
    // At the ends of its way a layer does not move; the list would take these keys for a change of choice.
    if (watched == m_list && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->modifiers().testFlag(Qt::AltModifier) &&
            (key->key() == Qt::Key_Up || key->key() == Qt::Key_Down))
            return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace chainrule
