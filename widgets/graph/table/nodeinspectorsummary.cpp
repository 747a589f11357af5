// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/numbertext.h"
#include "widgets/graph/chainruletext.h"
#include "widgets/graph/table/inspectorrow.h"
#include "widgets/graph/table/nodeinspector.h"
#include "widgets/graph/verdicttext.h"

#include <algorithm>
#include <cmath>

namespace chainrule {

using scalar::NodeId;

namespace {

constexpr std::size_t mostOutputs = 12;

QString kindText(scalar::GroupKind kind)
{
    switch (kind) {
    case scalar::GroupKind::Inputs:
        return NodeInspector::tr("the sample");
    case scalar::GroupKind::Layer:
        return NodeInspector::tr("layer");
    case scalar::GroupKind::Neuron:
        return NodeInspector::tr("neuron");
    case scalar::GroupKind::Softmax:
        return NodeInspector::tr("sums to probabilities");
    case scalar::GroupKind::Loss:
        return NodeInspector::tr("what is to shrink");
    }
    return {};
}

struct CheckSummary {
    std::size_t known = 0;
    std::size_t agree = 0;
    std::size_t drowned = 0;
    double largestError = 0.0; ///< of those where there is something to compare
    NodeId worst = scalar::noNode;
};

/// The relative error where it means something. What agrees in spite of a larger one is 0 but for rounding.
double errorOf(const scalar::GradientCheck& check)
{
    switch (check.verdict) {
    case scalar::Verdict::Agrees:
        return check.relativeError <= scalar::gradientTolerance ? check.relativeError : 0.0;
    case scalar::Verdict::Disagrees:
        return check.relativeError;
    default:
        return 0.0;
    }
}

CheckSummary summarize(const GraphContent& content)
{
    CheckSummary summary;
    const auto isWorse = [](const scalar::GradientCheck& a, const scalar::GradientCheck& b) {
        const auto rank = [](const scalar::GradientCheck& check) {
            return check.verdict == scalar::Verdict::Disagrees ? 2
                   : check.verdict == scalar::Verdict::Agrees  ? 0
                                                               : 1;
        };
        return rank(a) != rank(b) ? rank(a) > rank(b) : errorOf(a) > errorOf(b);
    };
    for (std::size_t i = 0; i < content.checks.size(); ++i) {
        if (!content.checks[i])
            continue;
        const scalar::GradientCheck& check = *content.checks[i];
        ++summary.known;
        summary.agree += check.verdict == scalar::Verdict::Agrees ? 1 : 0;
        summary.drowned += check.verdict == scalar::Verdict::Drowned ? 1 : 0;
        summary.largestError = std::max(summary.largestError, errorOf(check));
        if (summary.worst == scalar::noNode || isWorse(check, *content.checks[index(summary.worst)]))
            summary.worst = NodeId(i);
    }
    return summary;
}

QString countText(std::size_t count, const QLocale& locale)
{
    return locale.toString(static_cast<qulonglong>(count));
}

} // namespace

void NodeInspector::showGroup(int group)
{
    const scalar::NamedGraph& named = m_content->named;
    const scalar::Group& each = named.groups[static_cast<std::size_t>(group)];
    m_heading->setFullText(groupTitle(named, group).toUpper());
    addRow(tr("kind"), kindText(each.kind));
    if (each.parent >= 0)
        addLinks(tr("part of"), groupLink(each.parent));
    addRow(tr("nodes"), countText(m_shape.nodes, locale()));
    if (m_shape.parameters > 0)
        addRow(tr("parameters"), countText(m_shape.parameters, locale()));
    addRow(tr("outputs"), countText(each.outputs.size(), locale()));
    for (std::size_t i = 0; i < std::min(each.outputs.size(), mostOutputs); ++i)
        addLinks(shortTitle(named, each.outputs[i], locale()),
                 QStringLiteral("<a href=\"node:%1\">%2</a>")
                     .arg(index(each.outputs[i]))
                     .arg(valueOf(*m_content, each.outputs[i], locale()).toHtmlEscaped()));
    if (each.outputs.size() > mostOutputs) {
        showHint(tr("and %1 more").arg(locale().toString(qulonglong(each.outputs.size() - mostOutputs))));
    }
}

void NodeInspector::showSummary()
{
    m_heading->setFullText(tr("Graph").toUpper());
    const NodeId root = m_content->walk.root;
    addRow(tr("nodes"), countText(m_shape.nodes, locale()));
    addRow(tr("leaves"), countText(m_shape.leaves, locale()));
    if (m_shape.parameters > 0)
        addRow(tr("parameters"), countText(m_shape.parameters, locale()));
    if (root != scalar::noNode)
        addRow(tr("root %1").arg(shortTitle(m_content->named, root, locale())),
               valueOf(*m_content, root, locale()));
    summarizeChecks();
    summarizeMatrixGradients();
}

void NodeInspector::summarizeChecks()
{
    const CheckSummary summary = summarize(*m_content);
    if (summary.known == 0 || !hasTrueGradients(m_content->walk)) {
        addRow(tr("numeric check"), summary.known == 0 ? QString(QChar(0x2013)) : tr("gradients not whole"));
        return;
    }
    // Where rounding hides the change nothing was found against the gradient.
    const bool none = summary.agree == 0;
    nextRow()->setValue(
        tr("numeric check"),
        tr("%1 of %2 agree").arg(countText(summary.agree, locale()), countText(summary.known, locale())),
        summary.agree == summary.known                    ? InspectorRow::Tone::Correct
        : summary.agree + summary.drowned < summary.known ? InspectorRow::Tone::Wrong
                                                          : InspectorRow::Tone::Plain);
    addRow(tr("largest error"), none ? QString(QChar(0x2013)) : valueText(summary.largestError, locale(), 2));
    const scalar::Verdict verdict = m_content->checks[index(summary.worst)]->verdict;
    const QString worst = link(summary.worst);
    addLinks(tr("worst node"), verdict != scalar::Verdict::Agrees
                                   ? QStringLiteral("%1 (%2)").arg(worst, verdictText(verdict))
                               : summary.largestError > 0.0 ? worst
                                                            : tr("none"));
}

void NodeInspector::summarizeMatrixGradients()
{
    QString text = tr("Click a node to see its derivatives, its uses and its numeric check.");
    const scalar::NamedGraph& named = m_content->named;
    const std::size_t count = std::min(m_content->matrixGradients.size(), named.parameters.count);
    if (count > 0 && hasTrueGradients(m_content->walk)) {
        double largest = 0.0;
        double scale = 0.0;
        for (std::size_t i = 0; i < count; ++i) {
            const double own = named.graph.nodes[index(named.parameters.first) + i].grad;
            const double difference = std::abs(own - m_content->matrixGradients[i]);
            // A NaN is the largest difference there is, and must not be passed over by a comparison.
            if (!std::isnan(largest) && !(difference <= largest))
                largest = difference;
            scale = std::max(scale, std::abs(own));
        }
        const bool equal = largest <= 1e-6 * scale || largest == 0.0;
        const int number = static_cast<int>(count);
        const QString size = valueText(largest, locale(), 2);
        const QString proof =
            equal ? tr("%Ln parameter gradient(s) equal the matrix engine's: largest difference %1.", nullptr,
                       number)
                  : tr("Of %Ln parameter gradient(s), some differ from the matrix engine's, by up to %1.",
                       nullptr, number);
        text = proof.arg(size) + QLatin1Char('\n') + text;
        // The engines part where the scalar one clips, by the assignment's rules, and the matrix one does
        // not.
        if (!equal && std::ranges::any_of(named.graph.nodes, [&named](const scalar::Node& node) {
                return scalar::isClipped(named.graph, node);
            }))
            text.prepend(
                tr("A number is beyond the limit where the scalar engine clips exp, sigmoid or log, which "
                   "the matrix engine does not.") +
                QLatin1Char(' '));
    }
    showHint(text);
}

void NodeInspector::showHint(const QString& text)
{
    m_hint->setText(text);
    m_hint->setAccessibleDescription(text); // its name takes the place of the text
    m_hint->show();
}

} // namespace chainrule
