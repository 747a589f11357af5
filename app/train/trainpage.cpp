// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/train/trainpage.h"

#include "app/base/momenttext.h"
#include "app/data/sampleimage.h"
#include "app/train/dataview.h"

#include "widgets/curves/curveplot.h"
#include "widgets/curves/timebar.h"
#include "widgets/images/predictiongrid.h"

#include <QAction>
#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QStackedLayout>
#include <QVBoxLayout>

#include <cmath>
#include <vector>

namespace chainrule {

namespace {

QString nameOf(const Dataset& data, int label)
{
    return QString::fromStdString(className(data, label));
}

} // namespace

TrainPage::TrainPage(QWidget* parent)
    : QWidget(parent)
    , m_loss(new CurvePlot(CurvePlot::Quantity::Loss))
    , m_accuracy(new CurvePlot(CurvePlot::Quantity::Accuracy))
    , m_choice(new QButtonGroup(this))
    , m_caption(new QLabel)
    , m_grid(new PredictionGrid)
    , m_time(new TimeBar)
{
    auto* plots = new QHBoxLayout;
    plots->setSpacing(12);
    plots->addWidget(m_loss, 1);
    plots->addWidget(m_accuracy, 1);

    auto* title = new QLabel(tr("Predictions"));
    QFont bold = title->font();
    bold.setWeight(QFont::DemiBold);
    title->setFont(bold);
    title->setAccessibleName(tr("Predictions:"));
    m_caption->setForegroundRole(QPalette::PlaceholderText);
    m_caption->setAccessibleName(tr("About the predictions"));
    m_caption->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_caption->setWordWrap(true);

    auto* segments = new QHBoxLayout;
    segments->setSpacing(0);
    const struct {
        GridChoice choice;
        QString text;
        QString tip;
        const char* segment;
    } choices[] = {
        {GridChoice::FirstTen, tr("First ten"), tr("The first ten test samples"), "first"},
        {GridChoice::Random, tr("Random"), tr("Ten test samples by chance; again for another ten"), "middle"},
        {GridChoice::Mistakes, tr("Mistakes"),
         tr("The test samples that the network gets wrong, the most confident mistake first"), "last"},
    };
    for (const auto& each : choices) {
        auto* button = new QPushButton(each.text);
        button->setCheckable(true);
        button->setToolTip(each.tip);
        button->setProperty("segment", each.segment);
        m_choice->addButton(button, static_cast<int>(each.choice));
        segments->addWidget(button);
    }
    setGridChoice(GridChoice::FirstTen);
    connect(m_choice, &QButtonGroup::idClicked, this,
            [this](int id) { emit gridChoiceWanted(static_cast<GridChoice>(id)); });

    m_showInGraph = new QAction(tr("Show in &graph"), this);
    m_showInGraph->setIconText(tr("Show in graph"));
    m_showInGraph->setToolTip(
        tr("Every number of the chosen image's prediction, down to single values (Ctrl+G)"));
    m_showInGraph->setEnabled(false);
    connect(m_showInGraph, &QAction::triggered, this, &TrainPage::graphWanted);
    addAction(m_showInGraph);
    m_grid->addAction(m_showInGraph);
    auto* showInGraph = new QPushButton(tr("Show in graph"));
    showInGraph->setToolTip(m_showInGraph->toolTip());
    showInGraph->setEnabled(false);
    connect(showInGraph, &QPushButton::clicked, m_showInGraph, &QAction::trigger);
    connect(m_showInGraph, &QAction::changed, showInGraph,
            [this, showInGraph] { showInGraph->setEnabled(m_showInGraph->isEnabled()); });

    auto* header = new QHBoxLayout;
    header->setSpacing(8);
    header->addWidget(title);
    header->addWidget(m_caption, 1);
    header->addWidget(showInGraph);
    header->addLayout(segments);

    auto* training = new QWidget;
    m_data = new DataView;
    m_stack = new QStackedLayout(this);
    m_stack->addWidget(training);
    m_stack->addWidget(m_data);
    connect(m_data, &DataView::closeWanted, this, [this] { setDataShown(false); });

    auto* layout = new QVBoxLayout(training);
    layout->setContentsMargins(16, 12, 16, 12);
    layout->setSpacing(12);
    layout->addLayout(plots, 5);
    layout->addWidget(m_time);
    layout->addLayout(header);
    layout->addWidget(m_grid, 6);
}

// That of the compact time bar, which gives way before a window becomes higher.
QSize TrainPage::minimumSizeHint() const
{
    const QSize least = QWidget::minimumSizeHint();
    return m_time->isCompact() ? least : least - QSize(0, m_time->heightSaved());
}

void TrainPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    constexpr int roomForCurves = 80; // which are worth more than the epochs below the slider
    m_time->setCompact(height() < minimumSizeHint().height() + m_time->heightSaved() + roomForCurves);
}

void TrainPage::setDataShown(bool shown)
{
    if (shown == isDataShown())
        return;
    m_stack->setCurrentIndex(shown ? 1 : 0);
    emit dataShownChanged(shown);
}

bool TrainPage::isDataShown() const
{
    return m_stack->currentWidget() == m_data;
}

void TrainPage::clearCurves()
{
    m_loss->clear();
    m_accuracy->clear();
    m_loss->refresh();
    m_accuracy->refresh();
}

void TrainPage::setEpochs(int epochs)
{
    m_loss->setEpochs(epochs);
    m_accuracy->setEpochs(epochs);
}

void TrainPage::setLoss(Loss loss)
{
    m_loss->setLoss(loss);
}

void TrainPage::append(const EpochRecord& record)
{
    m_loss->appendTraining(record.epoch, record.trainLoss);
    m_accuracy->appendTraining(record.epoch, record.trainAccuracy);
    if (record.validation) {
        m_loss->appendValidation(record.epoch, record.validation->loss);
        m_accuracy->appendValidation(record.epoch, record.validation->accuracy);
    }
}

void TrainPage::append(const FeedContent& content)
{
    if (content.startValidation) {
        m_loss->appendValidation(0, content.startValidation->loss);
        m_accuracy->appendValidation(0, content.startValidation->accuracy);
    }
    for (const CurvePoint& point : content.points) {
        m_loss->appendPoint(point.epoch, point.loss);
        m_accuracy->appendPoint(point.epoch, point.accuracy);
    }
    for (const EpochRecord& record : content.epochs)
        append(record);
    m_loss->refresh();
    m_accuracy->refresh();
}

void TrainPage::append(const History& history)
{
    for (const EpochRecord& record : history.epochs)
        append(record);
    m_loss->refresh();
    m_accuracy->refresh();
}

void TrainPage::compare(const History* history)
{
    if (!history) {
        m_loss->clearComparison();
        m_accuracy->clearComparison();
        return;
    }
    QVector<double> epochs;
    QVector<double> losses;
    QVector<double> accuracies;
    for (const EpochRecord& record : history->epochs) {
        epochs << record.epoch;
        losses << (record.validation ? record.validation->loss : record.trainLoss);
        accuracies << (record.validation ? record.validation->accuracy : record.trainAccuracy);
    }
    m_loss->setComparison(epochs, losses);
    m_accuracy->setComparison(epochs, accuracies);
}

void TrainPage::setGridChoice(GridChoice choice)
{
    m_choice->button(static_cast<int>(choice))->setChecked(true);
}

QString TrainPage::gridCaption(const GridAnswer& answer) const
{
    const QString when = answer.epoch > 0.0 || answer.trained ? momentOf(answer.epoch, answer.trained)
                                                              : tr("before training: guesses");
    if (answer.setup->split.test.empty())
        return tr("there are no test samples: give some at the left");
    if (answer.choice != GridChoice::Mistakes)
        return tr("test samples, %1").arg(when);
    const auto all = static_cast<int>(answer.setup->split.test.size());
    return tr("%1 wrong of %Ln test sample(s), %2", nullptr, all)
        .arg(locale().toString(static_cast<int>(answer.wrong)), when);
}

std::optional<TrainPage::Sample> TrainPage::chosenSample() const
{
    std::optional<std::size_t> chosen = m_grid->selectedSample();
    if (!chosen && m_grid->tile(0)->prediction())
        chosen = m_grid->tile(0)->prediction()->sample;
    if (!chosen || !m_pool)
        return std::nullopt;
    return Sample{m_pool, *chosen};
}

void TrainPage::showGrid(const GridAnswer& answer)
{
    m_showInGraph->setEnabled(answer.setup && !answer.samples.empty());
    if (!answer.setup) {
        m_caption->setText({});
        m_grid->setPredictions({});
        m_pool.reset();
        return;
    }
    m_pool = answer.setup->data;
    const Dataset& pool = *m_pool;
    std::vector<Prediction> predictions;
    for (std::size_t i = 0; i < answer.samples.size(); ++i) {
        const SamplePrediction& seen = answer.predictions[i];
        const int label = pool.labels[answer.samples[i]];
        Prediction prediction;
        prediction.sample = answer.samples[i];
        prediction.image = sampleImage(pool, answer.samples[i]);
        // Weights on the edge of divergence can give no probability at all.
        const bool known = std::isfinite(seen.confidence);
        prediction.predicted = known ? nameOf(pool, seen.label) : QStringLiteral("–");
        prediction.expected = nameOf(pool, label);
        prediction.correct = known && seen.label == label;
        prediction.confidence = known ? seen.confidence : 0.0;
        predictions.push_back(std::move(prediction));
    }
    m_grid->setPredictions(predictions);
    const QString caption = gridCaption(answer);
    m_caption->setText(caption);
    m_caption->setAccessibleDescription(caption);
}

} // namespace chainrule
