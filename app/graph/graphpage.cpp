// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graph/graphpage.h"

#include "app/base/savedialog.h"
#include "app/data/sampleimage.h"
#include "app/graph/graphexamples.h"
#include "app/graph/graphexport.h"
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
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStackedWidget>

#include <QToolTip>

#include <algorithm>
#include <utility>

namespace chainrule {

GraphPage::GraphPage(QWidget* parent)
    : QWidget(parent)
{
    build();
    createActions();
    connectSession();
    connectTiny();
    useExample(graphExamples().front());
    showMode();
}

void GraphPage::connectSession()
{
    connect(&m_session, &GraphSession::contentChanged, this, &GraphPage::showContent);
    connect(&m_session, &GraphSession::valuesChanged, this, &GraphPage::showNumbers);
    connect(&m_session, &GraphSession::notesChanged, this, &GraphPage::showNotes);
    connect(&m_session, &GraphSession::faultChanged, this,
            [this](std::size_t byteOffset, const QString& message) {
                m_fault = message;
                if (message.isEmpty())
                    m_expression->clearFault();
                else
                    m_expression->showFault(byteOffset, message);
                showAbout();
            });
    connect(&m_session, &GraphSession::selectionChanged, this, [this](const GraphSelection& selection) {
        m_view->setSelection(selection, true);
        m_table->setSelection(selection);
        m_inspector->setSelection(selection);
    });
    connect(m_view, &GraphView::selected, &m_session, &GraphSession::select);
    connect(m_view, &GraphView::exportWanted, this, &GraphPage::exportGraph);
    connect(m_table, &NodeTable::selected, &m_session, &GraphSession::select);
    connect(m_table, &NodeTable::descendChanged, &m_session, &GraphSession::setDescends);
    connect(m_table, &NodeTable::exportWanted, this, &GraphPage::exportTable);
    connect(m_inspector, &NodeInspector::selected, &m_session, &GraphSession::select);
    connect(m_inspector, &NodeInspector::valueEdited, this, [this](scalar::NodeId node, double value) {
        m_session.setLeaf(node, value);
        m_descend->restart(m_session.rootValue());
    });
    connect(m_variables, &VariableCards::valueChanged, this, [this](const QString& name, double value) {
        m_session.setVariable(name, value);
        m_descend->restart(m_session.rootValue());
    });
    connect(m_expression, &QPlainTextEdit::textChanged, this, [this] {
        if (m_mode != Mode::Expression)
            return;
        m_notice.clear();
        m_session.showExpression(m_expression->expression());
        showAbout();
    });
    connect(m_descend, &DescendPanel::stepWanted, this, [this](double rate) {
        m_session.descend(rate);
        m_descend->append(m_session.rootValue());
    });
    connect(m_descend, &DescendPanel::startOverWanted, this, [this] {
        m_session.undescend();
        m_descend->restart(m_session.rootValue());
    });
    connect(m_walk, &WalkBar::forwardStepWanted, &m_session, &GraphSession::stepForward);
    connect(m_walk, &WalkBar::backwardStepWanted, &m_session, &GraphSession::stepBackward);
    connect(m_walk, &WalkBar::runBackwardWanted, &m_session, &GraphSession::runBackward);
    connect(m_walk, &WalkBar::zeroGradientsWanted, &m_session, &GraphSession::zeroGradients);
    connect(m_walk, &WalkBar::stepBackWanted, &m_session, &GraphSession::stepBack);
    connect(m_walk, &WalkBar::resetWanted, &m_session, &GraphSession::resetWalk);
}

void GraphPage::connectTiny()
{
    connect(m_tiny, &TinyPanel::networkChanged, this, &GraphPage::showTiny);
    connect(m_tiny, &TinyPanel::valuesChanged, this, &GraphPage::showTiny);
    connect(&m_session, &GraphSession::sampleEdited, this, [this](const SampleSource& source) {
        if (m_mode != Mode::TinyNetwork)
            return;
        if (source.parameters.parameters != m_tiny->parameters().parameters)
            m_tiny->setParameters(source.parameters);
        if (source.x != m_tiny->input())
            m_tiny->setInput(source.x);
    });
}

QString GraphPage::expression() const
{
    return m_expression->expression();
}

void GraphPage::useExpression(const QString& text, const scalar::VariableValues& values)
{
    m_notice.clear();
    m_session.setVariables(values);
    m_variables->setVariables({}); // ranges of another one
    setMode(Mode::Expression);
    m_expression->setExpression(text);
    m_session.showExpression(text);
    showVariables();
}

void GraphPage::useExample(const GraphExample& example)
{
    m_notice.clear();
    if (example.network) {
        m_tiny->useSettings(*example.network);
        setMode(Mode::TinyNetwork);
    } else {
        m_session.setVariables(example.values);
        m_variables->setVariables({}); // ranges that another run of it has left
        setMode(Mode::Expression);
        m_expression->setExpression(example.expression);
        m_session.showExpression(example.expression);
        showVariables();
        if (const GraphContent* content = m_session.content()) {
            for (const scalar::Variable& variable : content->named.variables) {
                const bool still = std::ranges::find(example.still, variable.name) != example.still.end();
                m_session.setDescends(variable.node, !still);
            }
        }
        m_descend->restart(m_session.rootValue());
    }
    m_notice = example.notice;
    showAbout();
}

void GraphPage::setMode(Mode mode)
{
    if (mode == m_mode)
        return;
    m_mode = mode;
    m_notice.clear();
    m_descend->stopRepeating();
    m_tiny->pause();
    // The window grows when the panels of both modes are shown at once, be it for a moment.
    if (mode != Mode::TinyNetwork)
        showTinyPanel(false);
    emit modeChanged(mode);
    showMode();
}

void GraphPage::showMode()
{
    m_modes->button(static_cast<int>(m_mode))->setChecked(true);
    m_bars->setCurrentIndex(static_cast<int>(m_mode));
    // Only the bar that is seen says how high the row is.
    for (int i = 0; i < m_bars->count(); ++i) {
        const bool seen = i == m_bars->currentIndex();
        m_bars->widget(i)->setSizePolicy(seen ? QSizePolicy::Preferred : QSizePolicy::Ignored,
                                         seen ? QSizePolicy::Preferred : QSizePolicy::Ignored);
    }
    // What is shown next asks for these sizes at once, and would hear the old ones.
    m_bars->updateGeometry();
    m_bars->parentWidget()->updateGeometry();
    showTinyPanel(m_mode == Mode::TinyNetwork);
    m_view->setPlaceholder(m_mode == Mode::Digit
                               ? tr("Choose an image on the Train page and click Show in graph.")
                               : tr("Write an expression above, or choose an example."));
    switch (m_mode) {
    case Mode::Expression:
        m_session.showExpression(m_expression->expression());
        break;
    case Mode::TinyNetwork:
        m_fault.clear();
        showTiny();
        break;
    case Mode::Digit:
        m_fault.clear();
        if (m_digit.parameters) {
            showDigit(m_digit);
        } else {
            m_session.clear();
            emit digitWanted();
        }
        break;
    }
    showAbout();
}

void GraphPage::showTinyPanel(bool shown)
{
    m_tiny->setVisible(shown);
    m_tinyLine->setVisible(shown);
}

void GraphPage::showDigit(const ShownDigit& digit)
{
    const Dataset& pool = *digit.pool;
    // Another data set may have come since the network was made.
    if (digit.parameters->stack.input.size() != inputCount(pool) ||
        pool.labels[digit.sample] >= classCount(*digit.parameters)) {
        emit problem(Error{"the sample", "the network was made for another kind of data",
                           "Train a network on this data set first"});
        return;
    }
    m_digit = digit;
    if (m_mode != Mode::Digit) {
        setMode(Mode::Digit); // comes back to here
        return;
    }
    SampleSource source;
    source.parameters = *digit.parameters;
    source.x.resize(static_cast<std::size_t>(inputCount(pool)));
    copySample(pool, digit.sample, source.x.data());
    source.target = pool.labels[digit.sample];
    if (!hasAmounts(
            pool)) // recordSample() takes classes, and refuses what else the default loss does not fit
        source.loss = digit.parameters->loss;
    source.compare = true;
    if (const auto shown = m_session.showSample(std::move(source)); !shown) {
        m_session.clear();
        emit problem(shown.error());
        return;
    }
    m_descend->restart(m_session.rootValue());
    showPictures();
    showAbout();
}

void GraphPage::showTiny()
{
    if (m_mode != Mode::TinyNetwork)
        return;
    const TinySettings& settings = m_tiny->settings();
    SampleSource source{m_tiny->parameters(), m_tiny->input(), m_tiny->target(), settings.loss,
                        outputLayer(settings.layers).activation == Activation::Softmax &&
                            settings.loss == Loss::CrossEntropy};
    const double before = m_session.rootValue();
    if (const auto shown = m_session.showSample(std::move(source)); !shown) {
        m_session.clear();
        emit problem(shown.error());
        return;
    }
    // A step of descent comes back from the panel with the value that the curve has already.
    if (m_session.rootValue() != before)
        m_descend->restart(m_session.rootValue());
    showPictures();
    showAbout();
}

// A closed group's card shows the sample's image, or a neuron's map of the plane.
void GraphPage::showPictures()
{
    if (!m_session.content())
        return;
    std::vector<QImage> pictures;
    for (const scalar::Group& group : m_session.content()->named.groups) {
        QImage picture;
        if (m_mode == Mode::Digit && group.kind == scalar::GroupKind::Inputs)
            picture = sampleImage(*m_digit.pool, m_digit.sample);
        else if (m_mode == Mode::TinyNetwork && group.kind == scalar::GroupKind::Neuron)
            picture = m_tiny->picture(group.layer - 1, group.unit);
        pictures.push_back(std::move(picture));
    }
    m_session.setPictures(std::move(pictures));
}

void GraphPage::showContent()
{
    const GraphContent* content = m_session.content();
    m_view->setContent(content);
    m_walk->setContent(content);
    m_table->setContent(content);
    m_inspector->setContent(content);
    m_openAll->setVisible(content && !content->named.groups.empty());
    showOpenAll();
    showVariables();
    m_descend->setSubject(m_session.descendSubject(),
                          content ? QString::fromStdString(labelOf(content->named, content->named.root))
                                  : QString());
    m_descend->restart(m_session.rootValue());
    for (QAction* action : m_walkActions + m_viewActions)
        action->setEnabled(content && isVisible());
    showAbout();
}

void GraphPage::showNumbers()
{
    m_view->showValues();
    m_walk->showValues();
    m_table->showValues();
    m_inspector->showValues();
    std::vector<double> values;
    for (const scalar::Variable& variable : m_session.content()->named.variables)
        values.push_back(m_session.content()->named.graph.nodes[scalar::index(variable.node)].data);
    m_variables->setValues(values);
}

void GraphPage::showNotes()
{
    m_view->showValues();
    m_table->showValues();
    m_inspector->showValues();
    if (const GraphContent* content = m_session.content())
        m_descend->setSubject(m_session.descendSubject(),
                              QString::fromStdString(labelOf(content->named, content->named.root)));
}

void GraphPage::showVariables()
{
    // The toy sets lie within about one of the origin.
    const double usual = m_mode == Mode::TinyNetwork ? 1.2 : 10.0;
    std::vector<VariableCards::Entry> entries;
    if (const GraphContent* content = m_session.content()) {
        for (const scalar::Variable& variable : content->named.variables)
            entries.push_back({QString::fromStdString(variable.name), variable.value, usual});
    }
    m_variables->setVisible(!entries.empty());
    m_variables->setVariables(entries);
}

void GraphPage::showAbout()
{
    const bool fault = m_mode == Mode::Expression && !m_fault.isEmpty();
    QString text = fault ? m_fault : m_notice;
    if (text.isEmpty() && m_session.content()) {
        const auto nodes = static_cast<int>(m_session.content()->named.graph.nodes.size());
        switch (m_mode) {
        case Mode::Expression:
            text = tr("%Ln node(s). Drag a value, or step backward to see how each gradient comes about.",
                      nullptr, nodes);
            break;
        case Mode::TinyNetwork:
            text =
                tr("One sample on its way through the network, %Ln node(s). Double-click a card to open it.",
                   nullptr, nodes);
            break;
        case Mode::Digit:
            text = digitCaption();
            break;
        }
    }
    m_view->setFaded(fault); // the last good graph is not the text's
    m_aboutIcon->setPixmap(icon(fault ? QStringLiteral("warning") : QStringLiteral("info"),
                                fault ? IconRole::Wrong : IconRole::Quiet)
                               .pixmap(fontMetrics().height()));
    m_about->setForegroundRole(fault ? QPalette::WindowText : QPalette::PlaceholderText);
    m_about->setText(m_about->fontMetrics().elidedText(text, Qt::ElideRight, m_about->width()));
    m_about->setToolTip(text);
    m_about->setAccessibleDescription(text);
}

void GraphPage::find(const QString& text)
{
    const bool found = text.isEmpty() || m_view->findNext(text);
    m_find->setToolTip(found ? tr("Find a node by its name or number (Ctrl+F)")
                             : tr("No node has %1 in its name or number").arg(text));
    if (!found)
        QToolTip::showText(m_find->mapToGlobal(QPoint(0, m_find->height())), m_find->toolTip(), m_find);
}

void GraphPage::exportGraph()
{
    if (!m_session.content())
        return;
    const QString path = chooseFileToWrite(
        this, {tr("Export graph"), m_pictureOf.isEmpty() ? tr("graph.svg") : m_pictureOf, graphFileFilter()});
    if (!path.isEmpty() && save(path))
        m_pictureOf = path;
}

void GraphPage::exportTable()
{
    if (!m_session.content())
        return;
    const QString path = chooseFileToWrite(
        this, {tr("Save the table of nodes"), tr("nodes.csv"), tr("Table of nodes (*.csv)")});
    if (!path.isEmpty())
        save(path);
}

bool GraphPage::save(const QString& path)
{
    const QString title =
        m_mode == Mode::Expression ? m_session.expression().simplified() : tr("Computation graph");
    if (const auto written = saveGraph(*m_view, *m_session.content(), path, title); !written) {
        emit problem(written.error());
        return false;
    }
    emit saved(QFileInfo(path).fileName());
    return true;
}

void GraphPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    for (QAction* action : m_walkActions + m_viewActions)
        action->setEnabled(m_session.content());
}

void GraphPage::hideEvent(QHideEvent* event)
{
    m_descend->stopRepeating();
    for (QAction* action : m_walkActions + m_viewActions)
        action->setEnabled(false);
    QWidget::hideEvent(event);
}

void GraphPage::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_aboutIcon) {
        showAbout();
        if (m_mode == Mode::TinyNetwork)
            showPictures();
    }
}

} // namespace chainrule
