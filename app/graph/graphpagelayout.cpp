// SPDX-License-Identifier: GPL-3.0-or-later
// How the Graph page is laid out, and its actions.
#include "app/graph/graphpage.h"

#include "app/base/panels.h"
#include "app/graph/graphexamples.h"
#include "app/graph/tinypanel.h"

#include "widgets/graph/scene/graphview.h"
#include "widgets/graph/table/nodeinspector.h"
#include "widgets/graph/table/nodetable.h"
#include "widgets/graph/walk/descendpanel.h"
#include "widgets/graph/walk/expressionfield.h"
#include "widgets/graph/walk/variablecards.h"
#include "widgets/graph/walk/walkbar.h"
#include "widgets/style/icons.h"

#include <QAction>
#include <QButtonGroup>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace chainrule {

namespace {

constexpr int sideWidth = 284;
constexpr int tinyWidth = 284;
constexpr int narrowWindow = 1120; // below, the side panels give way
constexpr double narrower = 0.89;
constexpr std::size_t mostOpenNodes = 100'000; // more would take longer than a blink to lay out

// A larger font needs wider side panels, but not in proportion: most of them is fields.
int panelWidth(const QWidget& widget, int usual)
{
    return std::max(usual, widget.fontMetrics().height() * 27 / 2);
}

QFrame* verticalLine()
{
    auto* line = new QFrame;
    line->setFrameShape(QFrame::VLine);
    line->setFrameShadow(QFrame::Plain);
    return line;
}

QLabel* elasticLabel(const QString& name)
{
    auto* label = new QLabel;
    label->setAccessibleName(name);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    return label;
}

} // namespace

void GraphPage::build()
{
    m_tiny = new TinyPanel;
    m_tiny->setFixedWidth(panelWidth(*this, tinyWidth));
    m_tinyLine = verticalLine();
    QWidget* side = buildSide();
    side->setFixedWidth(panelWidth(*this, sideWidth));

    m_aboutIcon = new QLabel;
    m_about = elasticLabel(tr("About the graph"));
    auto* about = new QHBoxLayout;
    about->setSpacing(6);
    about->addWidget(m_aboutIcon);
    about->addWidget(m_about, 1);

    m_variables = new VariableCards;
    m_walk = new WalkBar;
    auto* middle = new QVBoxLayout;
    middle->setContentsMargins(16, 12, 16, 12);
    middle->setSpacing(10);
    middle->addWidget(buildTop());
    middle->addLayout(about);
    middle->addWidget(m_variables);
    middle->addWidget(buildGraph(), 1);
    middle->addWidget(m_walk);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_tiny);
    layout->addWidget(m_tinyLine);
    layout->addLayout(middle, 1);
    layout->addWidget(verticalLine());
    layout->addWidget(side);
}

QWidget* GraphPage::buildTop()
{
    m_modes = new QButtonGroup(this);
    auto* segments = new QHBoxLayout;
    segments->setSpacing(0);
    const struct {
        Mode mode;
        QString text;
        QString tip;
        const char* segment;
    } modes[] = {
        {Mode::Expression, tr("Expression"), tr("The graph of a formula"), "first"},
        {Mode::TinyNetwork, tr("Tiny network"), tr("A few neurons on points of the plane"), "middle"},
        {Mode::Digit, tr("From a digit"), tr("One image on its way through the trained network"), "last"},
    };
    for (const auto& each : modes) {
        auto* button = new QPushButton(each.text);
        button->setCheckable(true);
        // The field for the expression has that name.
        button->setAccessibleName(each.mode == Mode::Expression ? tr("Expression mode") : each.text);
        button->setToolTip(each.tip);
        button->setProperty("segment", each.segment);
        m_modes->addButton(button, static_cast<int>(each.mode));
        segments->addWidget(button);
    }
    connect(m_modes, &QButtonGroup::idClicked, this, [this](int id) { setMode(static_cast<Mode>(id)); });

    m_expression = new ExpressionField;
    m_bars = new QStackedWidget;
    m_bars->addWidget(m_expression);
    m_bars->addWidget(new QWidget); // a tiny network has its fields at the left
    m_bars->addWidget(buildDigitBar());
    m_bars->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);

    auto* examples = new QPushButton(tr("E&xamples"));
    examples->setToolTip(tr("Things to look at, each with what to notice"));
    auto* menu = new QMenu(examples);
    menu->setToolTipsVisible(true);
    for (const GraphExample& example : graphExamples()) {
        QAction* choose = menu->addAction(example.title, this, [this, example] { useExample(example); });
        choose->setToolTip(example.notice);
    }
    examples->setMenu(menu);

    auto* top = new QWidget;
    auto* layout = new QHBoxLayout(top);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addLayout(segments);
    layout->setAlignment(segments, Qt::AlignTop);
    layout->addWidget(m_bars, 1);
    layout->addWidget(examples, 0, Qt::AlignTop);
    return top;
}

QWidget* GraphPage::buildDigitBar()
{
    m_newest = new QPushButton(tr("Newest weights"));
    m_newest->setToolTip(tr("Show the chosen image with the network's present weights"));
    connect(m_newest, &QPushButton::clicked, this, &GraphPage::digitWanted);
    auto* bar = new QWidget;
    auto* layout = new QHBoxLayout(bar);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(m_newest);
    layout->addStretch(1);
    return bar;
}

QWidget* GraphPage::buildGraph()
{
    m_view = new GraphView;
    m_find = new QLineEdit;
    m_find->setAccessibleName(tr("Find node"));
    m_find->setPlaceholderText(tr("Find a node"));
    m_find->setToolTip(tr("Find a node by its name or number (Ctrl+F)"));
    m_find->setClearButtonEnabled(true);
    m_find->setMaximumWidth(fontMetrics().averageCharWidth() * 28);
    connect(m_find, &QLineEdit::returnPressed, this, [this] { find(m_find->text()); });
    m_openAll = new QPushButton;
    connect(m_openAll, &QPushButton::clicked, this, [this] {
        openAll(!m_allOpen);
        showOpenAll();
    });
    connect(m_view, &GraphView::layoutChanged, this, &GraphPage::showOpenAll);
    auto* save = new QPushButton(tr("Export…"));
    save->setToolTip(tr("Save the graph as SVG, PNG, PDF or DOT, or the table as CSV"));
    connect(save, &QPushButton::clicked, this, &GraphPage::exportGraph);

    auto* tools = new QHBoxLayout;
    tools->setSpacing(8);
    tools->addWidget(m_find, 1);
    tools->addStretch(1);
    tools->addWidget(m_openAll);
    tools->addWidget(save);
    auto* graph = new QWidget;
    auto* layout = new QVBoxLayout(graph);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addLayout(tools);
    layout->addWidget(m_view, 1);
    return graph;
}

QWidget* GraphPage::buildSide()
{
    m_inspector = new NodeInspector;
    auto* scroll = new QScrollArea;
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(m_inspector);
    makePanel(m_inspector);
    m_table = new NodeTable;
    m_descend = new DescendPanel;

    auto* upper = new QSplitter(Qt::Vertical);
    upper->setObjectName(QStringLiteral("graph")); // by which its sizes are kept
    upper->setChildrenCollapsible(false);
    upper->addWidget(scroll);
    upper->addWidget(m_table);
    upper->addWidget(m_descend);
    upper->setStretchFactor(0, 3);
    upper->setStretchFactor(1, 3);
    upper->setStretchFactor(2, 1);
    upper->setSizes({300, 280, 200});

    m_side = new QWidget;
    makePanel(m_side);
    auto* layout = new QVBoxLayout(m_side);
    layout->setContentsMargins(14, 12, 14, 12);
    layout->addWidget(upper);
    return m_side;
}

void GraphPage::createActions()
{
    const auto action = [this](const QString& text, const QKeySequence& key, auto&& work) {
        auto* made = new QAction(text, this);
        made->setShortcut(key);
        made->setEnabled(false); // until the page is shown
        connect(made, &QAction::triggered, this, work);
        return made;
    };
    m_walkActions = {
        action(tr("&Forward step"), QKeySequence(Qt::Key_F6), [this] { m_session.stepForward(); }),
        action(tr("Run f&orward"), QKeySequence(QStringLiteral("Shift+F6")),
               [this] { m_session.runForward(); }),
        action(tr("&Backward step"), QKeySequence(Qt::Key_F7), [this] { m_session.stepBackward(); }),
        action(tr("Step bac&k"), QKeySequence(QStringLiteral("Shift+F7")), [this] { m_session.stepBack(); }),
        action(tr("&Run backward"), QKeySequence(Qt::Key_F8), [this] { m_session.runBackward(); }),
        action(tr("&Zero gradients"), QKeySequence(Qt::Key_F9), [this] { m_session.zeroGradients(); }),
        action(tr("Rese&t walk"), QKeySequence(QStringLiteral("Shift+F9")),
               [this] { m_session.resetWalk(); }),
    };
    using Step = WalkBar::Step;
    const std::pair<Step, int> buttons[] = {{Step::Forward, 0},     {Step::Backward, 2}, {Step::Back, 3},
                                            {Step::RunBackward, 4}, {Step::Zero, 5},     {Step::Reset, 6}};
    for (const auto& [step, i] : buttons)
        m_walk->showShortcut(step, m_walkActions[i]->shortcut());
    m_viewActions = {
        action(tr("F&ind a node"), QKeySequence(QKeySequence::Find),
               [this] {
                   m_find->setFocus();
                   m_find->selectAll();
               }),
        action(tr("Fit the &graph"), QKeySequence(QStringLiteral("Ctrl+0")), [this] { m_view->fit(); }),
        action(tr("Zoom &in"), QKeySequence(QKeySequence::ZoomIn), [this] { m_view->zoomIn(); }),
        action(tr("Zoom &out"), QKeySequence(QKeySequence::ZoomOut), [this] { m_view->zoomOut(); }),
        action(tr("&Export graph…"), QKeySequence(QStringLiteral("Ctrl+E")), [this] { exportGraph(); }),
    };
}

void GraphPage::openAll(bool open)
{
    const scalar::NamedGraph& named = m_session.content()->named;
    if (!open || named.graph.nodes.size() <= mostOpenNodes) {
        m_view->openAll(open);
        return;
    }
    for (std::size_t i = 0; i < named.groups.size(); ++i) {
        if (named.groups[i].kind == scalar::GroupKind::Layer)
            m_view->openGroup(static_cast<int>(i), true);
    }
    m_view->fit();
}

void GraphPage::showOpenAll()
{
    const GraphContent* content = m_session.content();
    m_allOpen = content && !content->named.groups.empty();
    const bool every = content && content->named.graph.nodes.size() <= mostOpenNodes;
    for (std::size_t i = 0; content && i < content->named.groups.size(); ++i) {
        if (every || content->named.groups[i].kind == scalar::GroupKind::Layer)
            m_allOpen = m_allOpen && m_view->isOpen(static_cast<int>(i));
    }
    m_openAll->setText(m_allOpen ? tr("Close all") : every ? tr("Open all") : tr("Open layers"));
    m_openAll->setToolTip(m_allOpen ? tr("Only the outermost groups")
                          : every
                              ? tr("Every node of every group")
                              : tr("The neurons of every layer; there are too many nodes to show them all"));
}

QString GraphPage::digitCaption() const
{
    // While the mode changes, what is shown may still be another graph.
    if (!m_digit.pool || !m_session.content() || m_session.content()->named.groups.empty())
        return {};
    const Dataset& pool = *m_digit.pool;
    const auto name = [&pool](std::size_t label) {
        return label < pool.classNames.size() ? QString::fromStdString(pool.classNames[label])
                                              : QString::number(label);
    };
    const scalar::NamedGraph& named = m_session.content()->named;
    const std::vector<scalar::NodeId>* outputs = nullptr;
    for (const scalar::Group& group : named.groups) {
        if (group.kind == scalar::GroupKind::Layer)
            outputs = &group.outputs; // in the end the last layer's
    }
    if (!outputs || outputs->empty())
        return {};
    const auto probability = [&named](scalar::NodeId node) {
        return named.graph.nodes[scalar::index(node)].data;
    };
    const auto best = std::max_element(outputs->begin(), outputs->end(),
                                       [&](auto a, auto b) { return probability(a) < probability(b); });
    const QString certainty = locale().toString(100.0 * probability(*best), 'f', 1);
    const QString predicted = name(static_cast<std::size_t>(best - outputs->begin()));
    if (pool.source.empty()) // a drawing, which is what somebody says it is
        return tr("%1: predicted %2 with %3 % by the weights %4; the loss is that of class %5")
            .arg(QString::fromStdString(pool.name), predicted, certainty, m_digit.when,
                 name(pool.labels[m_digit.sample]));
    return tr("%1, sample %2: %3, predicted %4 with %5 % by the weights %6")
        .arg(QString::fromStdString(pool.name), locale().toString(qulonglong(m_digit.sample)),
             name(pool.labels[m_digit.sample]), predicted, certainty, m_digit.when);
}

void GraphPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    // A wide window has room for wider numbers in the table.
    const bool narrow = window()->width() < narrowWindow;
    const double factor = narrow ? narrower : 1.0;
    const auto segment = [this](Mode mode) { return m_modes->button(static_cast<int>(mode)); };
    segment(Mode::TinyNetwork)->setText(narrow ? tr("Network") : tr("Tiny network"));
    segment(Mode::Digit)->setText(narrow ? tr("Digit") : tr("From a digit"));
    const int least = qRound(factor * panelWidth(*this, sideWidth));
    m_side->setFixedWidth(std::clamp(window()->width() * 27 / 100, least, least * 7 / 5));
    m_tiny->setFixedWidth(qRound(factor * panelWidth(*this, tinyWidth)));
    showAbout();
}

} // namespace chainrule
