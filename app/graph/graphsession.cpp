// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graph/graphsession.h"

#include "app/base/errortext.h"

#include "core/training/engines/samplegradient.h"

#include <QLocale>
#include <QTimer>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace chainrule {

using scalar::index;
using scalar::NodeId;

namespace {

constexpr int checkPollMilliseconds = 15;
// Each check computes the graph up to 125 times: of larger graphs only the selected node is checked.
constexpr std::size_t mostCheckedNodes = 600;
constexpr std::size_t mostNamedLeaves = 4;

bool sameStructure(const scalar::NamedGraph& a, const scalar::NamedGraph& b)
{
    const auto sameNode = [](const scalar::Node& x, const scalar::Node& y) {
        return x.op == y.op && x.parents == y.parents && x.exponent == y.exponent;
    };
    const auto sameVariable = [](const scalar::Variable& x, const scalar::Variable& y) {
        return x.node == y.node && x.name == y.name;
    };
    return a.root == b.root && a.groups.size() == b.groups.size() && a.parameters == b.parameters &&
           a.inputs == b.inputs && a.names == b.names &&
           std::equal(a.variables.begin(), a.variables.end(), b.variables.begin(), b.variables.end(),
                      sameVariable) &&
           std::equal(a.graph.nodes.begin(), a.graph.nodes.end(), b.graph.nodes.begin(), b.graph.nodes.end(),
                      sameNode);
}

// What Descend moves unless somebody chooses otherwise: a network's parameters, an expression's variables.
std::vector<bool> usualDescent(const scalar::NamedGraph& named)
{
    std::vector<bool> moves(named.graph.nodes.size(), false);
    for (std::size_t i = 0; i < named.parameters.count; ++i)
        moves[index(named.parameters.first) + i] = true;
    if (named.parameters.count == 0) {
        for (const scalar::Variable& variable : named.variables)
            moves[index(variable.node)] = true;
    }
    return moves;
}

} // namespace

GraphSession::GraphSession(QObject* parent)
    : QObject(parent)
    , m_checkTimer(new QTimer(this))
    , m_checker(check)
{
    m_checkTimer->setInterval(checkPollMilliseconds);
    connect(m_checkTimer, &QTimer::timeout, this, &GraphSession::pollChecks);
}

void GraphSession::setVariables(const scalar::VariableValues& values)
{
    for (const auto& [name, value] : values)
        m_values.insert_or_assign(name, value);
}

void GraphSession::showExpression(const QString& text)
{
    m_text = text;
    std::string bytes = text.toStdString();
    scalar::TextPlace place;
    auto parsed = scalar::parseExpression(bytes, m_values, 1.0, &place);
    if (!parsed) {
        QString message = QString::fromStdString(parsed.error().message());
        message = capitalized(message);
        if (m_source) { // the last good graph is an expression's, not the sample that is shown
            m_source.reset();
            if (auto last = scalar::parseExpression(m_goodText, m_values); last && !m_goodText.empty())
                take(std::move(*last));
            else
                clear();
        }
        emit faultChanged(place.offset, message);
        return;
    }
    m_source.reset();
    m_goodText = std::move(bytes);
    m_start.reset();
    for (const scalar::Variable& variable : parsed->variables)
        m_values.insert_or_assign(variable.name, variable.value);
    take(std::move(*parsed));
    emit faultChanged(0, {});
}

Result<void> GraphSession::showSample(SampleSource source)
{
    auto recorded = scalar::recordSample(source.parameters, source.x, source.target, source.loss);
    if (!recorded)
        return recorded.error();
    // The same sample with the same weights comes back after a step of descent: that is no new start.
    if (!m_source || m_source->parameters.parameters != source.parameters.parameters ||
        m_source->x != source.x)
        m_start.reset();
    m_source = std::move(source);
    take(std::move(*recorded));
    return {};
}

void GraphSession::setPictures(std::vector<QImage> pictures)
{
    if (!m_content)
        return;
    m_content->pictures = std::move(pictures);
    emit notesChanged();
}

void GraphSession::clear()
{
    if (!m_content)
        return;
    m_source.reset();
    m_selection = {};
    // Widgets hold the old content until they have heard of the new one.
    const std::unique_ptr<GraphContent> old = std::exchange(m_content, nullptr);
    emit contentChanged();
    emit selectionChanged(m_selection);
}

// Shows a graph that was just built: where it is the one that is shown with other numbers, the walk, the
// selection and the choice of leaves stay.
void GraphSession::take(scalar::NamedGraph named)
{
    ++m_numbers;
    const bool same = m_content && sameStructure(m_content->named, named);
    std::unique_ptr<GraphContent> old;
    if (same) {
        m_content->named = std::move(named);
        scalar::refresh(m_content->named.graph, m_content->walk);
    } else {
        ++m_structure;
        old = std::exchange(m_content, std::make_unique<GraphContent>());
        m_content->named = std::move(named);
        m_content->walk = scalar::makeWalk(m_content->named.graph, m_content->named.root);
        m_content->descends = usualDescent(m_content->named);
        m_variableOf.assign(m_content->named.graph.nodes.size(), -1);
        for (std::size_t i = 0; i < m_content->named.variables.size(); ++i)
            m_variableOf[index(m_content->named.variables[i].node)] = static_cast<int>(i);
    }
    const std::size_t count = m_content->named.graph.nodes.size();
    if (!same || count > mostCheckedNodes)
        m_content->checks.assign(count, std::nullopt);
    m_content->matrixGradients = m_source && m_source->compare
                                     ? matrixGradients(m_source->parameters, m_source->x, m_source->target)
                                     : std::vector<double>();
    if (same) {
        emit valuesChanged();
    } else {
        m_selection = {};
        emit contentChanged();
        emit selectionChanged(m_selection);
    }
    requestChecks();
}

void GraphSession::rebuild()
{
    if (m_source) {
        // The structure was recorded before, so it can be recorded again.
        if (auto recorded =
                scalar::recordSample(m_source->parameters, m_source->x, m_source->target, m_source->loss))
            take(std::move(*recorded));
        return;
    }
    // The expression that is shown, which is the last good one and not always the text at hand. It is read
    // anew because some leaves follow others: the maximum that softmax subtracts.
    if (auto parsed = scalar::parseExpression(m_goodText, m_values))
        take(std::move(*parsed));
}

void GraphSession::select(const GraphSelection& selection)
{
    if (selection == m_selection)
        return;
    m_selection = selection;
    emit selectionChanged(m_selection);
    if (m_content && m_content->named.graph.nodes.size() > mostCheckedNodes)
        requestChecks();
}

void GraphSession::stepForward()
{
    if (m_content) {
        scalar::stepForward(m_content->named.graph, m_content->walk);
        walked();
    }
}

void GraphSession::runForward()
{
    if (m_content) {
        scalar::runForward(m_content->named.graph, m_content->walk);
        walked();
    }
}

void GraphSession::stepBackward()
{
    if (m_content) {
        scalar::stepBackward(m_content->named.graph, m_content->walk);
        walked();
    }
}

void GraphSession::runBackward()
{
    if (m_content) {
        scalar::runBackward(m_content->named.graph, m_content->walk);
        walked();
    }
}

void GraphSession::zeroGradients()
{
    if (m_content) {
        scalar::zeroGradientsStep(m_content->named.graph, m_content->walk);
        walked();
    }
}

void GraphSession::stepBack()
{
    if (m_content) {
        scalar::stepBack(m_content->named.graph, m_content->walk);
        walked();
    }
}

void GraphSession::resetWalk()
{
    if (m_content) {
        scalar::resetWalk(m_content->named.graph, m_content->walk);
        walked();
    }
}

// A step changes what is shown of the numbers, not the numbers that are checked.
void GraphSession::walked()
{
    emit valuesChanged();
}

// Where a leaf's value is kept; null for a constant.
double* GraphSession::leafValue(NodeId node)
{
    const scalar::NamedGraph& named = m_content->named;
    if (m_source) {
        if (contains(named.parameters, node))
            return &m_source->parameters.parameters[index(node) - index(named.parameters.first)];
        if (contains(named.inputs, node))
            return &m_source->x[index(node) - index(named.inputs.first)];
        return nullptr;
    }
    const int variable = m_variableOf[index(node)];
    return variable < 0 ? nullptr : &m_values[named.variables[static_cast<std::size_t>(variable)].name];
}

void GraphSession::setLeaf(NodeId node, double value)
{
    double* kept = m_content ? leafValue(node) : nullptr;
    if (!kept || *kept == value)
        return;
    *kept = value;
    m_start.reset();
    rebuild();
    if (m_source)
        emit sampleEdited(*m_source);
}

void GraphSession::setVariable(const QString& name, double value)
{
    if (!m_content)
        return;
    for (const scalar::Variable& variable : m_content->named.variables) {
        if (name == QString::fromStdString(variable.name)) {
            setLeaf(variable.node, value);
            return;
        }
    }
}

void GraphSession::setDescends(NodeId node, bool moves)
{
    if (!m_content || !leafValue(node) || m_content->descends[index(node)] == moves)
        return;
    m_content->descends[index(node)] = moves;
    emit notesChanged();
}

void GraphSession::descend(double rate)
{
    if (!m_content)
        return;
    if (!m_start)
        m_start.emplace(m_values, m_source);
    if (!isComplete(m_content->walk))
        scalar::runBackward(m_content->named.graph, m_content->walk);
    for (std::size_t i = 0; i < m_content->descends.size(); ++i) {
        if (!m_content->descends[i])
            continue;
        if (double* value = leafValue(NodeId(i)))
            *value -= rate * m_content->named.graph.nodes[i].grad;
    }
    rebuild();
    if (m_source)
        emit sampleEdited(*m_source);
}

void GraphSession::undescend()
{
    if (!m_content || !m_start)
        return;
    std::tie(m_values, m_source) = *std::exchange(m_start, std::nullopt);
    rebuild();
    if (m_source)
        emit sampleEdited(*m_source);
}

QString GraphSession::descendSubject() const
{
    if (!m_content)
        return {};
    std::size_t count = 0;
    std::size_t parameters = 0;
    QStringList names;
    for (std::size_t i = 0; i < m_content->descends.size(); ++i) {
        if (!m_content->descends[i])
            continue;
        ++count;
        parameters += contains(m_content->named.parameters, NodeId(i)) ? 1U : 0U;
        if (count <= mostNamedLeaves)
            names << QString::fromStdString(labelOf(m_content->named, NodeId(i)));
    }
    if (count <= mostNamedLeaves)
        return names.join(QStringLiteral(", "));
    return parameters == count ? tr("%Ln parameter(s)", nullptr, static_cast<int>(count))
                               : tr("%Ln leaf(s)", nullptr, static_cast<int>(count));
}

double GraphSession::rootValue() const
{
    return m_content ? m_content->named.graph.nodes[index(m_content->named.root)].data
                     : std::numeric_limits<double>::quiet_NaN();
}

GraphSession::CheckAnswer GraphSession::check(const CheckRequest& request, const std::stop_token& stop)
{
    CheckAnswer answer{request.structure, request.numbers, request.nodes, {}};
    scalar::Graph graph = request.graph;
    scalar::recompute(graph); // a walk leaves values that it has not come to as they were
    scalar::zeroGradients(graph);
    scalar::backward(graph, request.root);
    for (const NodeId node : request.nodes) {
        if (stop.stop_requested())
            break;
        answer.checks.push_back(scalar::checkGradient(graph, request.root, node));
    }
    return answer;
}

void GraphSession::requestChecks()
{
    if (!m_content)
        return;
    CheckRequest request;
    const std::size_t count = m_content->named.graph.nodes.size();
    if (count <= mostCheckedNodes) {
        for (std::size_t i = 0; i < count; ++i)
            request.nodes.push_back(NodeId(i));
    } else if (m_selection.node != scalar::noNode && !m_content->checks[index(m_selection.node)]) {
        request.nodes.push_back(m_selection.node);
    } else {
        return;
    }
    request.structure = m_structure;
    request.numbers = m_numbers;
    request.graph.nodes = m_content->named.graph.nodes;
    request.root = m_content->named.root;
    m_checker.post(std::move(request));
    if (!m_checkTimer->isActive())
        m_checkTimer->start();
}

void GraphSession::pollChecks()
{
    const bool busy = m_checker.isBusy();
    const auto answer = m_checker.take();
    if (!busy)
        m_checkTimer->stop();
    if (!answer || answer->structure != m_structure || !m_content)
        return;
    // While somebody drags a slider the answers lag behind the numbers by a few frames; better than none,
    // since the newest numbers are always asked about last. Where only selected nodes are checked they are
    // not.
    if (answer->numbers != m_numbers && m_content->named.graph.nodes.size() > mostCheckedNodes) {
        if (!m_checker.isBusy())
            requestChecks();
        return;
    }
    for (std::size_t i = 0; i < answer->checks.size(); ++i)
        m_content->checks[index(answer->nodes[i])] = answer->checks[i];
    emit notesChanged();
}

} // namespace chainrule
