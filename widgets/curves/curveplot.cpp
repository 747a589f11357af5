// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/curves/curveplot.h"

#include "widgets/curves/curveheader.h"
#include "widgets/curves/curveoverlay.h"
#include "widgets/curves/plotcanvas.h"
#include "widgets/fields/numbertext.h"
#include "widgets/style/theme.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

/// As many as a wide screen has pixels; a run may have a million, at tens of thousands a second.
constexpr std::size_t mostEpochs = 4096;

} // namespace

CurvePlot::CurvePlot(Quantity quantity, QWidget* parent)
    : QWidget(parent)
    , m_quantity(quantity)
{
    m_header = new CurveHeader(this);
    m_plot = new PlotCanvas(this);
    m_overlay = new CurveOverlay(m_plot, this);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);

    const bool loss = quantity == Quantity::Loss;
    setAccessibleName(loss ? tr("Loss plot") : tr("Accuracy plot"));
    m_header->setTitle(loss ? tr("Loss") : tr("Accuracy %"), tr("Accuracy %"));
    m_header->setWidestValue(valueText(loss ? 0.0 : 100.0));
    createActions();
    connect(m_plot, &QCustomPlot::afterReplot, m_overlay, qOverload<>(&QWidget::update));
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

void CurvePlot::clear()
{
    m_points.clear();
    m_epochs.clear();
    m_epochStride = 1.0;
    m_latestTraining.reset();
    m_latestValidation.reset();
    m_newestPoint.reset();
    m_badEpoch.reset();
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
    return true;
}

void CurvePlot::appendPoint(double epoch, double value)
{
    if (!noteValue(epoch, value))
        return;
    m_points.append(epoch, value);
    m_newestPoint = {epoch, value};
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
    CurveChart chart = chartOf(values(), m_quantity, themeColors(palette()));
    updateWords();
    chart.yLabel = axisWords();
    m_plot->draw(chart);
    updateReadout();
}

bool CurvePlot::isEmpty() const
{
    return m_points.points().empty() && m_epochs.empty();
}

std::optional<double> CurvePlot::latestTraining() const
{
    if (m_latestTraining || !m_newestPoint)
        return m_latestTraining;
    return m_newestPoint->y;
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
        words = tr("Epoch %1: %2").arg(epochText(m_newestPoint->x), training(m_newestPoint->y));
    } else {
        words = tr("No values yet");
    }
    if (!note.isEmpty())
        words = tr("%1; %2").arg(words, note);
    if (words != accessibleDescription())
        setAccessibleDescription(words);
}

} // namespace chainrule
