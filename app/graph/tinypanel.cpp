// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graph/tinypanel.h"

#include "app/base/panels.h"
#include "app/graph/tinyfields.h"
#include "app/graph/tinyscore.h"
#include "widgets/fields/fieldgrid.h"
#include "widgets/maps/decisionmap.h"
#include "widgets/maps/maplegend.h"
#include "widgets/network/unitmaps.h"
#include "widgets/style/icons.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace chainrule {

namespace {

constexpr int tickInterval = 33;    // ms: 30 pictures a second
constexpr int slowInterval = 330;   // ms between two epochs
constexpr double fastBudget = 25.0; // ms of training for a tick

enum Speed { Slow, Normal, Fast };

} // namespace

TinyPanel::TinyPanel(QWidget* parent)
    : QWidget(parent)
    , m_timer(new QTimer(this))
    , m_fields(new TinyFields)
    , m_trainer(trainAndMap)
{
    makePanel(this);
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(16, 12, 16, 12);
    layout->setSpacing(8);
    buildHead(layout);
    buildMaps(layout);
    layout->addSpacing(8);
    layout->addWidget(m_fields);
    layout->addStretch(1);

    QScrollArea* scroll = scrollingPanel(content);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(scroll);

    m_timer->setInterval(tickInterval);
    connect(m_timer, &QTimer::timeout, this, &TinyPanel::tick);
    connect(m_fields, &TinyFields::edited, this, &TinyPanel::applyEdit);
    applyColors();
    useSettings({});
}

TinyPanel::~TinyPanel() = default;

void TinyPanel::buildHead(QVBoxLayout* layout)
{
    layout->addWidget(panelHeading(tr("Tiny network")));
    layout->addWidget(m_fields->dataChoice());

    m_train = new QPushButton;
    connect(m_train, &QPushButton::clicked, this, [this] {
        if (m_training)
            pause();
        else
            train();
    });
    m_oneEpoch = new QPushButton(icon(QStringLiteral("step")), tr("Epoch"));
    m_oneEpoch->setAccessibleName(tr("One epoch"));
    connect(m_oneEpoch, &QPushButton::clicked, this, &TinyPanel::trainOneEpoch);
    m_again = new QPushButton(icon(QStringLiteral("reset")), {});
    m_again->setAccessibleName(tr("Start again"));
    m_again->setToolTip(tr("Start again from the first weights; another seed gives other ones"));
    connect(m_again, &QPushButton::clicked, this, &TinyPanel::startAgain);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_train, 1);
    buttons->addWidget(m_oneEpoch, 1);
    buttons->addWidget(m_again);
    layout->addLayout(buttons);

    m_score = new TinyScoreView;
    layout->addWidget(m_score);
    m_problem = new QLabel;
    m_problem->setAccessibleName(tr("Problem of the tiny training"));
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    m_problem->hide();
    layout->addWidget(m_problem);
}

void TinyPanel::buildMaps(QVBoxLayout* layout)
{
    m_map = new DecisionMap;
    m_map->setAccessibleName(tr("Decision map"));
    connect(m_map, &DecisionMap::sampleChosen, this, &TinyPanel::chooseSample);
    connect(m_map, &DecisionMap::pointChosen, this, &TinyPanel::choosePoint);
    layout->addWidget(m_map);
    m_legend = new MapLegend;
    layout->addWidget(m_legend);

    FieldGrid* grid = makeTinyGrid();
    m_sampleField = new QSpinBox;
    m_sampleField->setSpecialValueText(tr("none"));
    m_sampleField->setKeyboardTracking(false);
    m_sampleField->setGroupSeparatorShown(true);
    m_sampleField->setToolTip(tr("The sample that the graph shows; a click in the map chooses one, too"));
    grid->addField(tr("Sample"), m_sampleField, tr("Toy sample"));
    connect(m_sampleField, &QSpinBox::valueChanged, this, [this](int value) { chooseSample(value - 1); });
    m_targetField = new QSpinBox;
    m_targetField->setKeyboardTracking(false);
    grid->addField(tr("Target class"), m_targetField, tr("Target"));
    connect(m_targetField, &QSpinBox::valueChanged, this, &TinyPanel::chooseTarget);
    layout->addLayout(grid);

    m_unitMaps = new UnitMaps;
    m_unitMaps->setAccessibleName(tr("Maps of the hidden neurons"));
    connect(m_unitMaps, &UnitMaps::neuronChosen, this, &TinyPanel::neuronChosen);
    layout->addSpacing(4);
    layout->addWidget(m_unitMaps);
}

// ---- training -----------------------------------------------------------------------------------------

void TinyPanel::train()
{
    if (!m_settings.set || m_training)
        return;
    m_training = true;
    m_sincePost.invalidate();
    showProblem({});
    showButtons();
    m_timer->start();
    tick();
}

void TinyPanel::pause()
{
    m_training = false;
    m_wantedEpochs = 0;
    showButtons();
}

void TinyPanel::trainOneEpoch()
{
    pause();
    showProblem({});
    m_wantedEpochs = 1;
    m_timer->start();
    tick();
}

void TinyPanel::startAgain()
{
    restart();
    emit valuesChanged();
}

void TinyPanel::restart()
{
    m_parameters = tinyParameters(m_settings);
    m_epoch = 0;
    m_wantedEpochs = 0;
    showProblem({});
    ++m_run;
    request(0);
}

void TinyPanel::request(int epochs, double budget)
{
    m_trainer.post({m_run, m_settings, m_data, m_parameters, m_epoch, epochs, budget});
    m_timer->start();
}

void TinyPanel::tick()
{
    const bool busy = m_trainer.isBusy(); // asked first: what it was busy with is then there to be taken
    if (const auto answer = m_trainer.take(); answer && answer->run == m_run)
        take(*answer);
    if (busy)
        return;
    if (m_training) {
        const int speed = m_fields->speed();
        if (speed == Slow && m_sincePost.isValid() && m_sincePost.elapsed() < slowInterval)
            return;
        m_sincePost.start();
        request(1, speed == Fast ? fastBudget : 0.0);
    } else if (m_wantedEpochs > 0) {
        request(std::exchange(m_wantedEpochs, 0));
    } else if (!m_trainer.isBusy()) {
        m_timer->stop();
    }
}

void TinyPanel::take(const TinyAnswer& answer)
{
    m_parameters = answer.parameters;
    m_epoch = answer.epoch;
    m_maps = answer.maps;
    const int samples = m_data ? static_cast<int>(sampleCount(*m_data)) : 0;
    m_score->setScore(m_epoch, answer.score, samples);
    if (answer.broken) {
        pause();
        showProblem(tr("The numbers left their range in epoch %1, so training stopped before. Lower the "
                       "learning rate, or start again.")
                        .arg(locale().toString(m_epoch + 1)));
    }
    showMaps();
    emit valuesChanged();
}

// ---- changes ------------------------------------------------------------------------------------------

void TinyPanel::useSettings(const TinySettings& settings)
{
    if (!validate(settings))
        return;
    m_training = false;
    m_settings = settings;
    m_fields->setSettings(settings);
    m_maps.reset();
    drawData();
    restart();
    showButtons();
    showMaps();
    emit networkChanged();
}

void TinyPanel::applyEdit(const TinySettings& settings)
{
    const TinySettings old = std::exchange(m_settings, settings);
    const bool shape =
        settings.inputs != old.inputs || settings.layers != old.layers || settings.loss != old.loss;
    const bool points = settings.set != old.set || settings.samples != old.samples ||
                        settings.noise != old.noise || settings.dataSeed != old.dataSeed ||
                        settings.inputs != old.inputs;
    // Another seed or more noise is a test of what was learned; another set is another task.
    const bool weights = shape || settings.seed != old.seed || settings.set != old.set;
    if (!weights && !points)
        return; // the rate, the batch or the engine: they count from the next epoch on
    if (points)
        drawData();
    if (shape) {
        m_maps.reset();
        m_target = std::clamp(m_target, 0, std::max(2, outputLayer(settings.layers).units) - 1);
    }
    if (!settings.set)
        m_training = false;
    if (weights) {
        restart();
    } else {
        ++m_run;
        request(0);
    }
    showButtons();
    showSample();
    showMaps();
    if (shape)
        emit networkChanged();
    else
        emit valuesChanged();
}

void TinyPanel::drawData()
{
    m_data = m_settings.set ? std::make_shared<const Dataset>(tinyData(m_settings)) : nullptr;
    std::vector<DecisionMap::Sample> samples;
    if (m_data) {
        for (std::size_t i = 0; i < sampleCount(*m_data); ++i) {
            double at[2];
            copySample(*m_data, i, at);
            samples.push_back({QPointF(at[0], at[1]), m_data->labels[i]});
        }
    }
    m_map->setSamples(samples);
    if (m_data) {
        takeSample(std::clamp(m_sample, 0, static_cast<int>(samples.size()) - 1));
    } else {
        m_sample = -1;
        m_input.resize(static_cast<std::size_t>(m_settings.inputs), 0.5);
    }
    showSample();
}

void TinyPanel::takeSample(int sample)
{
    m_sample = sample;
    const auto index = static_cast<std::size_t>(sample);
    m_input.resize(static_cast<std::size_t>(inputCount(*m_data)));
    copySample(*m_data, index, m_input.data());
    m_target = m_data->labels[index];
}

void TinyPanel::chooseSample(int sample)
{
    if (m_showing || !m_data || sample == m_sample)
        return;
    if (sample >= 0 && sample < static_cast<int>(sampleCount(*m_data)))
        takeSample(sample);
    else
        m_sample = -1; // the same point, but with a target of one's own
    showSample();
    emit valuesChanged();
}

void TinyPanel::chooseTarget(int target)
{
    if (m_showing || target == m_target)
        return;
    m_target = target;
    emit valuesChanged();
}

void TinyPanel::choosePoint(const QPointF& at)
{
    setInput({at.x(), at.y()});
    emit valuesChanged();
}

void TinyPanel::setParameters(const Network& parameters)
{
    if (parameters.stack != m_parameters.stack || parameters.parameters == m_parameters.parameters)
        return;
    m_parameters = parameters;
    ++m_run;
    request(0);
}

void TinyPanel::setInput(const std::vector<double>& input)
{
    if (input == m_input || input.size() != static_cast<std::size_t>(m_settings.inputs))
        return;
    m_input = input;
    m_sample = -1;
    showSample();
}

} // namespace chainrule
