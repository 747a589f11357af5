// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/graph/walk/variablecards.h"

#include "widgets/graph/walk/variablecard.h"

#include <QEvent>
#include <QScrollArea>
#include <QScrollBar>
#include <QStyle>
#include <QTimer>

#include <algorithm>
#include <map>

namespace chainrule {

namespace {

constexpr int gap = 8;
constexpr int fewestColumns = 3; ///< one card alone is not as wide as the page
constexpr int mostColumns = 6;
constexpr int mostRows = 2;
/// Made at once; the rest follows in batches.
constexpr std::size_t firstCards = 24;
constexpr std::size_t batch = 8;

} // namespace

VariableCards::VariableCards(QWidget* parent)
    : QWidget(parent)
    , m_scroll(new QScrollArea(this))
    , m_ground(new QWidget)
    , m_maker(new QTimer(this))
{
    setAccessibleName(tr("Variables"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setWidget(m_ground);
    m_scroll->viewport()->setAutoFillBackground(false);
    m_ground->setAutoFillBackground(false);
    m_maker->setInterval(0);
    connect(m_maker, &QTimer::timeout, this, [this] {
        makeCards(batch);
        if (m_reordered && !m_maker->isActive())
            orderTabs();
        placeCards();
    });
    measureCard();
}

void VariableCards::setVariables(const std::vector<Entry>& variables)
{
    const bool sameNames =
        std::equal(variables.begin(), variables.end(), m_places.begin(), m_places.end(),
                   [](const Entry& entry, const Place& place) { return entry.name == place.entry.name; });
    if (!sameNames) {
        std::map<QString, VariableCard*> kept;
        for (const Place& place : m_places) {
            if (place.card != nullptr)
                kept[place.entry.name] = place.card;
        }
        m_reordered = !kept.empty();
        m_places.clear();
        for (const Entry& entry : variables) {
            const auto found = kept.find(entry.name);
            m_places.push_back({entry, found != kept.end() ? found->second : nullptr});
            if (found != kept.end())
                kept.erase(found);
        }
        for (const auto& [name, card] : kept) {
            // Out of reach at once; deleted later, for the change may have come from within.
            card->hide();
            card->setParent(nullptr);
            card->deleteLater();
        }
        makeCards(firstCards);
        if (m_reordered)
            orderTabs();
        placeCards();
    }
    for (std::size_t i = 0; i < variables.size(); ++i) {
        m_places[i].entry.value = variables[i].value;
        if (m_places[i].card != nullptr)
            m_places[i].card->showValue(variables[i].value);
    }
}

void VariableCards::setValues(const std::vector<double>& values)
{
    for (std::size_t i = 0; i < std::min(values.size(), m_places.size()); ++i) {
        m_places[i].entry.value = values[i];
        if (m_places[i].card != nullptr)
            m_places[i].card->showValue(values[i]);
    }
}

void VariableCards::makeCards(std::size_t most)
{
    std::size_t made = 0;
    for (Place& place : m_places) {
        if (place.card != nullptr)
            continue;
        if (made == most) {
            m_maker->start();
            return;
        }
        place.card = new VariableCard(place.entry.name, place.entry.value, place.entry.range, m_ground);
        connect(place.card, &VariableCard::valueChanged, this, &VariableCards::valueChanged);
        ++made;
    }
    m_maker->stop();
}

void VariableCards::orderTabs()
{
    QWidget* before = nullptr;
    for (const Place& place : m_places) {
        if (place.card == nullptr)
            continue;
        const auto parts = place.card->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly);
        for (QWidget* part : parts) {
            if (before != nullptr)
                setTabOrder(before, part);
            before = part;
        }
    }
}

int VariableCards::columns() const
{
    const int count = static_cast<int>(m_places.size());
    const int fitting = std::clamp((width() + gap) / std::max(1, m_cardSize.width() + gap), 1, mostColumns);
    const int wanted = std::min(fitting, fewestColumns);
    const int fullRows = (count + fitting - 1) / fitting;
    if (fullRows == 0 || fullRows > mostRows)
        return fitting;
    // Rows of about the same number of cards.
    return std::max(wanted, (count + fullRows - 1) / fullRows);
}

int VariableCards::rows() const
{
    const int perRow = columns();
    return (static_cast<int>(m_places.size()) + perRow - 1) / perRow;
}

int VariableCards::heightOf(int rows) const
{
    return rows <= 0 ? 0 : rows * m_cardSize.height() + (rows - 1) * gap;
}

void VariableCards::placeCards()
{
    const int perRow = columns();
    const int all = rows();
    const int bar = all > mostRows ? m_scroll->verticalScrollBar()->sizeHint().width() + 2 : 0;
    const int room = width() - bar;
    m_scroll->setGeometry(rect());
    m_scroll->verticalScrollBar()->setSingleStep(m_cardSize.height() + gap);
    m_ground->resize(room, heightOf(all));
    for (std::size_t i = 0; i < m_places.size(); ++i) {
        VariableCard* card = m_places[i].card;
        if (card == nullptr)
            continue;
        const int row = static_cast<int>(i) / perRow;
        const int column = static_cast<int>(i) % perRow;
        // Whole pixels that add up to the row.
        const int left = column * (room + gap) / perRow;
        const int right = (column + 1) * (room + gap) / perRow - gap;
        const QRect place(left, row * (m_cardSize.height() + gap), right - left, m_cardSize.height());
        card->setGeometry(QStyle::visualRect(layoutDirection(), m_ground->rect(), place));
        if (card->isHidden())
            card->show();
    }
    if (std::min(all, mostRows) != m_shownRows) {
        m_shownRows = std::min(all, mostRows);
        updateGeometry();
    }
}

void VariableCards::measureCard()
{
    VariableCard probe(QStringLiteral("x"), 0.0, 1.0, this);
    probe.setFont(font());
    m_cardSize = probe.minimumSizeHint();
}

QSize VariableCards::sizeHint() const
{
    return {fewestColumns * (m_cardSize.width() + gap) - gap, heightOf(m_shownRows)};
}

QSize VariableCards::minimumSizeHint() const
{
    return {m_cardSize.width() + gap, heightOf(m_shownRows)};
}

void VariableCards::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        measureCard();
        placeCards();
        updateGeometry();
    }
}

void VariableCards::resizeEvent(QResizeEvent* /*event*/)
{
    placeCards();
}

} // namespace chainrule
