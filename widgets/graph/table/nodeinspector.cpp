// SPDX-License-Identifier: GPL-3.0-or-later
// A node's rows; nodeinspectorsummary.cpp writes those of a group and of the whole graph.
#include "widgets/graph/table/nodeinspector.h"

#include "widgets/fields/numbertext.h"
#include "widgets/fields/valuespinbox.h"
#include "widgets/graph/chainruletext.h"
#include "widgets/graph/table/inspectorrow.h"

#include <QEvent>
#include <QLabel>
#include <QScrollArea>
#include <QScrollBar>
#include <QStyle>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace chainrule {

using scalar::NodeId;

namespace {

constexpr std::size_t mostUses = 8;
constexpr int checkDigits = 8;

} // namespace

NodeInspector::NodeInspector(QWidget* parent)
    : QWidget(parent)
    , m_scroll(new QScrollArea)
    , m_heading(new ElidedLabel)
    , m_rowArea(new QWidget)
    , m_value(new ValueSpinBox)
    , m_valueRow(new InspectorRow)
    , m_note(new VerdictNote)
    , m_hint(new QLabel)
{
    m_heading->setFont(headingFont(m_heading->font()));
    m_heading->setForegroundRole(QPalette::PlaceholderText);
    m_heading->setAccessibleName(tr("Inspected"));
    m_note->setAccessibleName(tr("About the numeric check"));
    m_hint->setWordWrap(true);
    m_hint->setForegroundRole(QPalette::PlaceholderText);
    m_hint->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_hint->setAccessibleName(tr("About the inspected"));
    m_value->setAccessibleName(tr("Value"));
    m_value->setToolTip(tr("Another value for this leaf: everything after it follows"));
    m_valueRow->setEditor(tr("value"), m_value);

    m_rowLayout = new QVBoxLayout(m_rowArea);
    m_rowLayout->setContentsMargins(0, 0, 0, 0);
    m_rowLayout->setSpacing(0);
    m_rowLayout->addWidget(m_valueRow);
    auto* body = new QWidget;
    auto* inner = new QVBoxLayout(body);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(8);
    inner->addWidget(m_rowArea);
    inner->addWidget(m_note);
    inner->addWidget(m_hint);
    inner->addStretch(1);

    m_scroll->setWidget(body);
    m_scroll->setWidgetResizable(true);
    body->installEventFilter(this);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    // What it stands on shows through.
    m_scroll->viewport()->setAutoFillBackground(false);
    body->setAutoFillBackground(false);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_heading);
    layout->addWidget(m_scroll, 1);

    connect(m_value, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        if (m_selection.node != scalar::noNode)
            emit valueEdited(m_selection.node, value);
    });
    setContent(nullptr);
}

void NodeInspector::setContent(const GraphContent* content)
{
    m_content = content;
    m_selection = {};
    findShape();
    showSelection();
}

void NodeInspector::showValues()
{
    showSelection();
}

void NodeInspector::setSelection(const GraphSelection& selection)
{
    if (selection == m_selection)
        return;
    // What is half typed belongs to the node before.
    m_value->clearFocus();
    m_selection = selection;
    findShape();
    showSelection();
    m_scroll->verticalScrollBar()->setValue(0);
}

void NodeInspector::findShape()
{
    m_shape = {};
    if (m_content == nullptr)
        return;
    const scalar::NamedGraph& named = m_content->named;
    const std::vector<scalar::Node>& nodes = named.graph.nodes;
    if (m_selection.node != scalar::noNode) {
        for (std::size_t i = index(m_selection.node) + 1; i < nodes.size(); ++i) {
            const auto times = std::count(nodes[i].parents.begin(), nodes[i].parents.end(), m_selection.node);
            if (times > 0)
                m_shape.uses.emplace_back(NodeId(i), static_cast<int>(times));
        }
        return;
    }
    const auto isInside = [&](std::size_t i) {
        int group = groupOf(named, NodeId(i));
        while (group >= 0 && group != m_selection.group)
            group = named.groups[static_cast<std::size_t>(group)].parent;
        return group >= 0;
    };
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (m_selection.group >= 0 && !isInside(i))
            continue;
        ++m_shape.nodes;
        m_shape.leaves += nodes[i].op == scalar::Op::Leaf ? 1 : 0;
        const std::size_t first = index(named.parameters.first);
        m_shape.parameters += i >= first && i - first < named.parameters.count ? 1 : 0;
    }
}

void NodeInspector::showSelection()
{
    m_usedRows = 0;
    m_valueRow->hide();
    m_note->hide();
    m_hint->hide();
    if (m_content == nullptr)
        m_heading->setFullText(tr("Graph").toUpper());
    else if (m_selection.node != scalar::noNode)
        showNode(m_selection.node);
    else if (m_selection.group >= 0)
        showGroup(m_selection.group);
    else
        showSummary();
    for (std::size_t i = m_usedRows; i < m_rows.size(); ++i)
        m_rows[i]->hide();
    updateGeometry();
}

InspectorRow* NodeInspector::nextRow()
{
    if (m_usedRows == m_rows.size()) {
        auto* row = new InspectorRow;
        connect(row, &InspectorRow::linkActivated, this, &NodeInspector::follow);
        row->setNameWidth(nameWidth());
        // The operation stands before the field for a leaf's value, all else behind it.
        m_rowLayout->insertWidget(m_rows.empty() ? 0 : -1, row);
        m_rows.push_back(row);
    }
    InspectorRow* row = m_rows[m_usedRows++];
    row->show();
    return row;
}

void NodeInspector::addRow(const QString& name, const QString& value)
{
    nextRow()->setValue(name, value);
}

void NodeInspector::addLinks(const QString& name, const QString& html)
{
    nextRow()->setLinks(name, html);
}

QString NodeInspector::link(NodeId node) const
{
    return QStringLiteral("<a href=\"node:%1\">%2</a>")
        .arg(index(node))
        .arg(shortTitle(m_content->named, node, locale()).toHtmlEscaped());
}

QString NodeInspector::groupLink(int group) const
{
    return QStringLiteral("<a href=\"group:%1\">%2</a>")
        .arg(group)
        .arg(groupTitle(m_content->named, group).toHtmlEscaped());
}

void NodeInspector::follow(const QString& target)
{
    const qsizetype colon = target.indexOf(QLatin1Char(':'));
    bool ok = false;
    const uint number = target.mid(colon + 1).toUInt(&ok);
    if (!ok || m_content == nullptr)
        return;
    if (target.startsWith(QLatin1String("node")) && number < m_content->named.graph.nodes.size())
        emit selected({NodeId(number), -1});
    else if (target.startsWith(QLatin1String("group")) && number < m_content->named.groups.size())
        emit selected({scalar::noNode, static_cast<int>(number)});
}

void NodeInspector::showNode(NodeId node)
{
    const scalar::NamedGraph& named = m_content->named;
    const scalar::Node& each = named.graph.nodes[index(node)];
    const QString title = nodeTitle(named, node, locale());
    // Only the word is in capitals: e and E are two names.
    m_heading->setFullText(tr("Node").toUpper() + QLatin1Char(' ') + title);

    const bool changeable = isChangeable(named, node);
    addRow(tr("operation"),
           each.op != scalar::Op::Leaf ? operationCall(named, node, locale()) : leafKind(node));
    m_valueRow->setVisible(changeable);
    if (changeable)
        m_value->showValue(each.data);
    else
        addRow(tr("value"), valueOf(*m_content, node, locale()));

    const QString root = variableTitle(named, m_content->walk.root, locale());
    nextRow()->setValue(tr("gradient ∂%1/∂%2").arg(root, variableTitle(named, node, locale())),
                        gradientOf(*m_content, node, locale()), InspectorRow::Tone::Gradient);
    showCheck(node);
    showMatrixGradient(node);
    showDerivatives(node);

    if (each.op != scalar::Op::Leaf) {
        QString parents = link(each.parents[0]);
        if (each.parents[1] != scalar::noNode && each.parents[1] != each.parents[0])
            parents += QStringLiteral(", ") + link(each.parents[1]);
        else if (each.parents[1] == each.parents[0])
            parents += QLatin1Char(' ') + tr("(twice)");
        addLinks(tr("parents"), parents);
    }
    QString uses;
    for (std::size_t i = 0; i < std::min(m_shape.uses.size(), mostUses); ++i) {
        uses += (i > 0 ? QStringLiteral(", ") : QString()) + link(m_shape.uses[i].first);
        if (m_shape.uses[i].second > 1)
            uses += QLatin1Char(' ') + tr("(twice)");
    }
    if (m_shape.uses.size() > mostUses)
        uses += QLatin1Char(' ') +
                tr("and %1 more").arg(locale().toString(qulonglong(m_shape.uses.size() - mostUses)));
    addLinks(tr("used by"), uses.isEmpty()
                                ? node == m_content->walk.root ? tr("nothing: it is the root") : tr("nothing")
                                : uses);
    if (const int group = groupOf(named, node); group >= 0)
        addLinks(tr("part of"), groupLink(group));
}

QString NodeInspector::leafKind(NodeId node) const
{
    return contains(m_content->named.parameters, node) ? tr("leaf, a parameter")
           : contains(m_content->named.inputs, node)   ? tr("leaf, an input")
           : isChangeable(m_content->named, node)      ? tr("leaf, a variable")
                                                       : tr("leaf, a constant");
}

void NodeInspector::showDerivatives(NodeId node)
{
    const scalar::NamedGraph& named = m_content->named;
    const scalar::Node& each = named.graph.nodes[index(node)];
    const std::array<double, 2> local = localDerivatives(named.graph, node);
    for (int slot = 0; slot < parentCount(each.op); ++slot) {
        QString text(QChar(0x2013));
        if (isComputed(m_content->walk, node)) {
            const QString number = valueText(local[static_cast<std::size_t>(slot)], locale());
            const QString symbols = localDerivativeText(named, node, slot, locale());
            text = symbols == number ? number : symbols + QStringLiteral(" = ") + number;
            if (const QString reason = derivativeReason(named, node, locale()); !reason.isEmpty())
                text += QStringLiteral(", ") + reason;
        }
        addRow(derivativeTitle(named, node, slot, locale()), text);
    }
}

void NodeInspector::showCheck(NodeId node)
{
    const std::size_t i = index(node);
    const bool known = i < m_content->checks.size() && m_content->checks[i];
    const QString dash(QChar(0x2013));
    if (!known || !isGradientWhole(*m_content, node)) {
        addRow(tr("numeric check"), known ? tr("gradient not whole") : dash);
        addRow(tr("relative error"), dash);
        return;
    }
    const scalar::GradientCheck& check = *m_content->checks[i];
    const bool agrees = check.verdict == scalar::Verdict::Agrees;
    nextRow()->setValue(tr("numeric check"), valueText(check.numeric, locale(), checkDigits),
                        agrees ? InspectorRow::Tone::Correct : InspectorRow::Tone::Wrong);
    addRow(tr("relative error"), valueText(check.relativeError, locale(), 2));
    m_note->setVerdict(check.verdict);
    m_note->show();
}

void NodeInspector::showMatrixGradient(NodeId node)
{
    const scalar::NamedGraph& named = m_content->named;
    const std::size_t first = index(named.parameters.first);
    const std::size_t place = index(node) - first;
    if (index(node) < first || place >= m_content->matrixGradients.size())
        return;
    const double other = m_content->matrixGradients[place];
    addRow(tr("matrix engine"), valueText(other, locale()));
    const QString difference =
        hasTrueGradients(m_content->walk)
            ? valueText(std::abs(named.graph.nodes[index(node)].grad - other), locale(), 2)
            : QString(QChar(0x2013));
    addRow(tr("difference"), difference);
}

void NodeInspector::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        m_heading->setFont(headingFont(font()));
    else if (event->type() == QEvent::LocaleChange)
        showSelection();
}

void NodeInspector::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_valueRow->setNameWidth(nameWidth());
    for (InspectorRow* row : m_rows)
        row->setNameWidth(nameWidth());
    updateGeometry();
}

int NodeInspector::nameWidth() const
{
    return width() * 9 / 20;
}

bool NodeInspector::eventFilter(QObject* watched, QEvent* event)
{
    // The scroll area keeps to itself that what is in it asks for another height.
    if (watched == m_scroll->widget() && event->type() == QEvent::LayoutRequest)
        updateGeometry();
    return QWidget::eventFilter(watched, event);
}

QSize NodeInspector::sizeHint() const
{
    // High enough for what stands beside a scroll bar too, or the bar, once there, would be needed.
    const int bar = style()->pixelMetric(QStyle::PM_ScrollBarExtent, nullptr, m_scroll);
    const int wide = width() > bar ? width() - bar : fontMetrics().averageCharWidth() * 36;
    const QLayout* inner = m_scroll->widget()->layout();
    const int rows =
        inner->hasHeightForWidth() ? inner->totalHeightForWidth(wide) : inner->sizeHint().height();
    return {fontMetrics().averageCharWidth() * 36,
            m_heading->sizeHint().height() + layout()->spacing() + rows};
}

QSize NodeInspector::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 24, (fontMetrics().height() + 9) * 5};
}

} // namespace chainrule
