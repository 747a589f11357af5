// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curveplot.h"

#include "widgets/axisscale.h"
#include "widgets/curveheader.h"
#include "widgets/curveoverlay.h"
#include "widgets/numbertext.h"
#include "widgets/theme.h"

#include <qcustomplot.h>

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

/// Beyond this an antialiased line of the epochs costs more than it shows.
constexpr std::size_t smoothEpochs = 200;
constexpr int markersShown = 40;
/// As many as a wide screen has pixels; a run may have a million, at tens of thousands a second.
constexpr std::size_t mostEpochs = 4096;

/// The scales hold every value of the run, so its markers may lie over the axes' ends without being cut.
class OverhangingGraph : public QCPGraph {
public:
    using QCPGraph::QCPGraph;

protected:
    QRect clipRect() const override { return QCPGraph::clipRect().adjusted(-8, -8, 8, 8); }
};

} // namespace

CurvePlot::CurvePlot(Quantity quantity, QWidget* parent)
    : QWidget(parent)
    , m_quantity(quantity)
{
    m_header = new CurveHeader(this);
    m_plot = new QCustomPlot(this);
    m_overlay = new CurveOverlay(m_plot, this);
    // The whole card is one thing to the mouse, the keyboard and assistive technology.
    m_plot->setAttribute(Qt::WA_TransparentForMouseEvents);
    m_plot->setFocusPolicy(Qt::NoFocus);
    m_plot->setContextMenuPolicy(Qt::NoContextMenu);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);

    const bool loss = quantity == Quantity::Loss;
    setAccessibleName(loss ? tr("Loss plot") : tr("Accuracy plot"));
    m_header->setTitle(loss ? tr("Loss") : tr("Accuracy %"), tr("Accuracy %"));
    m_header->setWidestValue(valueText(loss ? 0.0 : 100.0));
    configurePlot();
    createActions();
    connect(m_plot, &QCustomPlot::afterReplot, m_overlay, qOverload<>(&QWidget::update));
    applyTheme();
    refresh();
}

void CurvePlot::createActions()
{
    auto* copyPicture = new QAction(tr("Copy picture"), this);
    connect(copyPicture, &QAction::triggered, this,
            [this] { QGuiApplication::clipboard()->setPixmap(picture()); });
    auto* copyValues = new QAction(tr("Copy values"), this);
    copyValues->setShortcut(QKeySequence::Copy);
    copyValues->setShortcutContext(Qt::WidgetShortcut);
    connect(copyValues, &QAction::triggered, this,
            [this] { QGuiApplication::clipboard()->setText(valuesAsCsv()); });
    addActions({copyPicture, copyValues});
}

void CurvePlot::configurePlot()
{
    m_plot->setPlottingHints(QCP::phFastPolylines);
    m_plot->setNoAntialiasingOnDrag(true);
    m_comparisonGraph = m_plot->addGraph();
    m_pointGraph = m_plot->addGraph();
    m_trainingGraph = new OverhangingGraph(m_plot->xAxis, m_plot->yAxis); // owned by the plot
    m_validationGraph = new OverhangingGraph(m_plot->xAxis, m_plot->yAxis);
    m_pointGraph->setAntialiased(false);
    m_comparisonGraph->setAntialiased(false);

    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setTicker(QSharedPointer<QCPAxisTickerText>::create());
        axis->setSubTicks(false);
        axis->setTickLength(0, 0);
        axis->setTickLabelPadding(6);
        axis->setLabelPadding(4);
    }
    m_plot->xAxis->grid()->setVisible(false);
    m_plot->xAxis->setLabel(tr("epoch"));
}

void CurvePlot::applyTheme()
{
    const ThemeColors& colors = themeColors(palette());
    m_plot->setBackground(QBrush(colors.panel));
    const QFont small = scaledFont(font(), 0.88);
    for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis}) {
        axis->setTickLabelColor(colors.quietText);
        axis->setLabelColor(colors.quietText);
        axis->setTickLabelFont(small);
        axis->setLabelFont(small);
        axis->setTickPen(Qt::NoPen);
        axis->setBasePen(Qt::NoPen);
        axis->grid()->setPen(QPen(colors.line, 1.0));
        axis->grid()->setZeroLinePen(QPen(colors.line, 1.0));
    }
    // The plot leaves out a label that does not fit whole, and the outermost ones reach over the ends.
    const QFontMetrics metrics(small);
    m_plot->axisRect()->setMinimumMargins(
        QMargins(8, metrics.height() / 2 + 3, metrics.horizontalAdvance(QStringLiteral("000")) / 2 + 3, 4));
    m_comparisonGraph->setPen(QPen(mixed(colors.quietText, colors.panel, 0.3), 1.0, Qt::DashLine));
    m_pointGraph->setPen(QPen(mixed(colors.accent, colors.panel, 0.45), 1.0));

    const bool smooth = m_epochs.size() <= smoothEpochs;
    const double width = smooth ? 1.6 : 1.0;
    const int skip = static_cast<int>(m_epochs.size()) / markersShown;
    m_trainingGraph->setPen(QPen(colors.accent, width));
    m_trainingGraph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, colors.accent, 6.0));
    m_validationGraph->setPen(QPen(colors.validation, width));
    m_validationGraph->setScatterStyle(
        QCPScatterStyle(QCPScatterStyle::ssDiamond, QPen(colors.validation, 1.4), colors.panel, 8.0));
    for (QCPGraph* graph : {m_trainingGraph, m_validationGraph}) {
        graph->setAntialiased(smooth);
        graph->setScatterSkip(skip);
    }
    m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::clear()
{
    m_points.clear();
    m_epochs.clear();
    m_epochStride = 1.0;
    m_latestTraining.reset();
    m_latestValidation.reset();
    m_newestPoint.reset();
    m_badEpoch.reset();
    m_lowest = std::numeric_limits<double>::infinity();
    m_highest = -m_lowest;
    m_changed = true;
    hideCrosshair();
    refresh();
}

void CurvePlot::setEpochs(int total)
{
    m_totalEpochs = std::max(0, total);
    m_changed = true;
    refresh();
}

bool CurvePlot::noteValue(double epoch, double value)
{
    if (!std::isfinite(epoch))
        return false;
    m_changed = true;
    if (!std::isfinite(value)) {
        if (!m_badEpoch || epoch < *m_badEpoch) {
            m_badEpoch = epoch;
            m_badIsInfinite = std::isinf(value);
        }
        return false;
    }
    m_lowest = std::min(m_lowest, value);
    m_highest = std::max(m_highest, value);
    return true;
}

void CurvePlot::appendPoint(double epoch, double value)
{
    if (!noteValue(epoch, value))
        return;
    m_points.append(epoch, value);
    m_newestPoint = value;
}

void CurvePlot::appendTraining(double epoch, double value)
{
    if (!noteValue(epoch, value))
        return;
    valuesOf(epoch).training = value;
    if (!m_latestTraining || epoch >= m_latestTrainingEpoch) {
        m_latestTraining = value;
        m_latestTrainingEpoch = epoch;
    }
}

void CurvePlot::appendValidation(double epoch, double value)
{
    if (!noteValue(epoch, value))
        return;
    valuesOf(epoch).validation = value;
    if (!m_latestValidation || epoch >= m_latestValidationEpoch) {
        m_latestValidation = value;
        m_latestValidationEpoch = epoch;
    }
}

// Of very many epochs only every second, fourth and so on is kept, and the newest.
CurvePlot::EpochValues& CurvePlot::valuesOf(double epoch)
{
    const auto isKept = [this](double each) { return std::fmod(each, m_epochStride) == 0.0; };
    if (!m_epochs.empty() && epoch > m_epochs.rbegin()->first && !isKept(m_epochs.rbegin()->first))
        m_epochs.erase(std::prev(m_epochs.end()));
    EpochValues& values = m_epochs[epoch];
    if (m_epochs.size() <= mostEpochs)
        return values;
    m_epochStride *= 2.0;
    std::erase_if(m_epochs, [&](const auto& each) { return each.first != epoch && !isKept(each.first); });
    return values;
}

void CurvePlot::setComparison(const QVector<double>& epochs, const QVector<double>& values)
{
    m_comparison.clear();
    const qsizetype count = std::min(epochs.size(), values.size());
    const qsizetype stride = count / static_cast<qsizetype>(mostEpochs) + 1;
    for (qsizetype i = 0; i < count; ++i) {
        if ((i % stride == 0 || i == count - 1) && std::isfinite(epochs[i]) && std::isfinite(values[i]))
            m_comparison[epochs[i]] = values[i];
    }
    m_changed = true;
    refresh();
}

void CurvePlot::clearComparison()
{
    setComparison({}, {});
}

void CurvePlot::refresh()
{
    if (!m_changed)
        return;
    m_changed = false;
    updateGraphs();
    updateScales();
    updateWords();
    updateReadout();
    applyTheme();
}

double CurvePlot::drawable(double value) const
{
    return std::clamp(value, 0.0, m_quantity == Quantity::Loss ? lossCeiling : 100.0);
}

void CurvePlot::updateGraphs()
{
    QVector<QCPGraphData> points;
    points.reserve(static_cast<qsizetype>(m_points.points().size()));
    for (const PlotPoint& point : m_points.points())
        points.append(QCPGraphData(point.x, drawable(point.y)));
    QVector<QCPGraphData> training;
    QVector<QCPGraphData> validation;
    for (const auto& [epoch, values] : m_epochs) {
        if (values.training)
            training.append(QCPGraphData(epoch, drawable(*values.training)));
        if (values.validation)
            validation.append(QCPGraphData(epoch, drawable(*values.validation)));
    }
    QVector<QCPGraphData> comparison;
    for (const auto& [epoch, value] : m_comparison)
        comparison.append(QCPGraphData(epoch, drawable(value)));
    m_pointGraph->data()->set(points);
    m_trainingGraph->data()->set(training, true);
    m_validationGraph->data()->set(validation, true);
    m_comparisonGraph->data()->set(comparison, true);
}

void CurvePlot::updateScales()
{
    double newest = 0.0;
    if (!m_points.points().empty())
        newest = m_points.points().back().x;
    if (!m_epochs.empty())
        newest = std::max(newest, m_epochs.rbegin()->first);
    // An earlier run waits for this one: it is seen as far as this has come.
    if (isEmpty() && !m_comparison.empty())
        newest = m_comparison.rbegin()->first;
    const bool nothing = isEmpty() && m_comparison.empty();
    showScale(true, epochScale(nothing ? 4.9 : newest, m_totalEpochs));

    double lowest = m_lowest;
    double highest = m_highest;
    for (const auto& [epoch, value] : m_comparison) {
        lowest = std::min(lowest, value);
        highest = std::max(highest, value);
    }
    if (m_quantity == Quantity::Loss)
        showScale(false, lossScale(nothing ? 2.4 : highest));
    else
        showScale(false, accuracyScale(nothing ? 0.0 : lowest));
}

void CurvePlot::showScale(bool epochAxis, const AxisScale& scale)
{
    QCPAxis* axis = epochAxis ? m_plot->xAxis : m_plot->yAxis;
    axis->setRange(scale.lower, scale.upper);
    QMap<double, QString> ticks;
    const int last = static_cast<int>(std::floor((scale.upper - scale.lower) / scale.step + 1e-6));
    for (int i = 0; i <= last; ++i) {
        const double at = scale.lower + i * scale.step;
        ticks.insert(at, numberText(at, scale.decimals, locale()));
    }
    axis->ticker().staticCast<QCPAxisTickerText>()->setTicks(ticks);
}

bool CurvePlot::isEmpty() const
{
    return m_points.points().empty() && m_epochs.empty();
}

std::optional<double> CurvePlot::latestTraining() const
{
    return m_latestTraining ? m_latestTraining : m_newestPoint;
}

std::optional<double> CurvePlot::latestValidation() const
{
    return m_latestValidation;
}

CurveValues CurvePlot::values() const
{
    CurveValues values{m_points.points(), {}, {}, {}, m_totalEpochs, m_loss};
    for (const auto& [epoch, both] : m_epochs) {
        if (both.training)
            values.training.push_back({epoch, *both.training});
        if (both.validation)
            values.validation.push_back({epoch, *both.validation});
    }
    for (const auto& [epoch, value] : m_comparison)
        values.comparison.push_back({epoch, value});
    return values;
}

QString CurvePlot::valueText(double value) const
{
    return numberText(value, m_quantity == Quantity::Loss ? 3 : 1, locale());
}

QString CurvePlot::epochText(double epoch) const
{
    const bool whole = std::abs(epoch - std::round(epoch)) < 1e-9;
    return numberText(epoch, whole ? 0 : 2, locale());
}

QString CurvePlot::badValueNote() const
{
    if (!m_badEpoch)
        return {};
    const bool whole = std::abs(*m_badEpoch - std::round(*m_badEpoch)) < 1e-9;
    const QString epoch = numberText(*m_badEpoch, whole ? 0 : 1, locale());
    return m_badIsInfinite ? tr("infinite from epoch %1 on").arg(epoch)
                           : tr("not a number from epoch %1 on").arg(epoch);
}

void CurvePlot::updateWords()
{
    const auto shown = [this](const std::optional<double>& value) {
        return value ? valueText(*value) : QString(QChar(0x2013));
    };
    m_header->setReadings({{CurveMark::Training, tr("training"), shown(latestTraining())},
                           {CurveMark::Validation, tr("validation"), shown(latestValidation())}});
    const QString note = badValueNote();
    m_header->setNote(note);
    m_overlay->setMessage(isEmpty() && m_comparison.empty() && !m_badEpoch
                              ? tr("Click Train: the curve is drawn as the network learns.")
                              : QString());
    placeChildren();

    const bool loss = m_quantity == Quantity::Loss;
    const auto training = [&](double value) {
        return (loss ? tr("training loss %1") : tr("training accuracy %1 %")).arg(valueText(value));
    };
    const auto validation = [&](double value) {
        return (loss ? tr("validation loss %1") : tr("validation accuracy %1 %")).arg(valueText(value));
    };
    QStringList parts;
    QString words;
    if (!m_epochs.empty()) {
        const auto& [epoch, values] = *m_epochs.rbegin();
        if (values.training)
            parts << training(*values.training);
        if (values.validation)
            parts << validation(*values.validation);
        words = tr("Epoch %1: %2").arg(epochText(epoch), parts.join(tr(", ")));
    } else if (m_newestPoint) {
        words = tr("Epoch %1: %2").arg(epochText(m_points.points().back().x), training(*m_newestPoint));
    } else {
        words = tr("No values yet");
    }
    if (!note.isEmpty())
        words = tr("%1; %2").arg(words, note);
    if (words != accessibleDescription())
        setAccessibleDescription(words);
}

} // namespace chainrule
