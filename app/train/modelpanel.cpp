// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/train/modelpanel.h"

#include "app/base/commandtext.h"

#include "app/base/panels.h"
#include "widgets/fields/fieldgrid.h"
#include "widgets/fields/ratespinbox.h"
#include "widgets/layers/layerstackmodel.h"
#include "widgets/layers/layerstackview.h"
#include "widgets/style/icons.h"

#include "core/data/readers/catalog.h"
#include "core/data/readers/sources.h"
#include "core/data/toydata.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QCoreApplication>
#include <QFileInfo>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QThread>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>
#include <string_view>

namespace chainrule {

namespace {

constexpr int heightWithCommand = 640; // whole
constexpr int commandMargin = 16;

// The combo box's last entry, which asks for a folder instead of naming one.
const QString folderEntry = QStringLiteral("?folder");
const QString fileEntry = QStringLiteral("?file"); // and the one before

template <typename Combo>
void chooseData(Combo* box, const QVariant& value)
{
    box->setCurrentIndex(box->findData(value));
}

} // namespace

ModelPanel::ModelPanel(QWidget* parent)
    : QWidget(parent)
    , m_layers(new LayerStackView)
{
    makePanel(this);
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(16, 12, 16, 12);
    layout->setSpacing(8);
    buildData(layout);
    layout->addSpacing(4);
    layout->addWidget(panelHeading(tr("Layers")));
    layout->addWidget(m_layers);
    layout->addSpacing(4);
    buildTraining(layout);
    layout->addStretch(1);

    QScrollArea* scroll = scrollingPanel(content);
    auto* line = new QFrame;
    line->setFrameShape(QFrame::HLine);
    line->setFrameShadow(QFrame::Plain);
    auto* command = new QVBoxLayout;
    command->setContentsMargins(commandMargin, 6, commandMargin, 10);
    command->setSpacing(2);
    buildCommand(command);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    outer->addWidget(scroll, 1);
    outer->addWidget(line);
    outer->addLayout(command);

    connect(m_layers, &LayerStackView::stackEdited, this,
            [this](const LayerStack& stack, const QString& what) {
                TrainingSettings settings = m_settings;
                settings.layers = stack.layers;
                propose(settings, what);
            });
}

void ModelPanel::buildData(QVBoxLayout* layout)
{
    auto* heading = new QHBoxLayout;
    heading->addWidget(panelHeading(tr("Data")));
    heading->addStretch();
    auto* look = new QPushButton(icon(QStringLiteral("eye")), {});
    look->setFlat(true);
    look->setAccessibleName(tr("Look at the data"));
    look->setToolTip(tr("Classes, counts and examples of the data"));
    connect(look, &QPushButton::clicked, this, &ModelPanel::previewWanted);
    heading->addWidget(look);
    layout->addLayout(heading);
    m_dataset = new QComboBox;
    m_dataset->setAccessibleName(tr("Dataset"));
    m_dataset->setToolTip(tr("The samples that the network learns from"));
    m_dataset->setFocusPolicy(Qt::StrongFocus);
    m_dataset->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_dataset->setMinimumContentsLength(8);
    layout->addWidget(m_dataset);
    connect(m_dataset, &QComboBox::activated, this, &ModelPanel::chooseDataset);

    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    const struct {
        QString name;
        QString label;
        int SampleCounts::*member;
    } counts[] = {{tr("Training samples"), tr("training"), &SampleCounts::training},
                  {tr("Validation samples"), tr("validation"), &SampleCounts::validation},
                  {tr("Test samples"), tr("test"), &SampleCounts::test}};
    for (int i = 0; i < 3; ++i) {
        auto* field = new QSpinBox;
        field->setAccessibleName(counts[i].name);
        field->setToolTip(counts[i].name);
        field->setKeyboardTracking(false);
        field->setGroupSeparatorShown(true);
        field->setRange(i == 0 ? 1 : 0, maximumSamples);
        field->setButtonSymbols(QAbstractSpinBox::NoButtons);
        field->setMinimumWidth(40);
        field->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
        auto* label = new QLabel(counts[i].label);
        label->setForegroundRole(QPalette::PlaceholderText);
        label->setBuddy(field);
        label->setAccessibleName(counts[i].name + QLatin1Char(':'));
        auto* column = new QVBoxLayout;
        column->setSpacing(2);
        column->addWidget(label);
        column->addWidget(field);
        row->addLayout(column, 1);
        m_samples[i] = field;
        connect(field, &QSpinBox::valueChanged, this,
                [this, member = counts[i].member, name = counts[i].name](int value) {
                    TrainingSettings settings = m_settings;
                    settings.samples.*member = value;
                    propose(settings, name, name);
                });
    }
    layout->addLayout(row);

    m_augment = new QCheckBox(tr("Var&y the training images"));
    m_augment->setAccessibleName(tr("Augmentation"));
    connect(m_augment, &QCheckBox::clicked, this, [this](bool augment) {
        TrainingSettings settings = m_settings;
        settings.augment = augment;
        propose(settings, tr("Augmentation"));
    });
    layout->addWidget(m_augment);
}

QSpinBox* ModelPanel::numberField(FieldGrid* fields, const QString& label, const QString& name, int maximum,
                                  int TrainingSettings::*member)
{
    auto* field = new QSpinBox;
    field->setRange(1, maximum);
    field->setKeyboardTracking(false);
    field->setGroupSeparatorShown(true);
    fields->addField(label, field, name);
    connect(field, &QSpinBox::valueChanged, this, [this, member, name](int value) {
        TrainingSettings settings = m_settings;
        settings.*member = value;
        propose(settings, name, name);
    });
    return field;
}

void ModelPanel::buildTraining(QVBoxLayout* layout)
{
    layout->addWidget(panelHeading(tr("Training")));
    auto* fields = new FieldGrid;
    layout->addLayout(fields);

    const auto choice = [fields](const QString& label, const QString& name) {
        auto* box = new QComboBox;
        fields->addField(label, box, name);
        return box;
    };
    m_engine = choice(tr("E&ngine"), tr("Engine"));
    QStringList engines;
    for (const EngineRow& row : engineTable) {
        const QString title = QCoreApplication::translate("Engine", row.title.data());
        const QString summary = QCoreApplication::translate("Engine", row.summary.data());
        m_engine->addItem(title, static_cast<int>(row.engine));
        m_engine->setItemData(m_engine->count() - 1, summary, Qt::ToolTipRole);
        engines.append(tr("%1: %2").arg(title, summary));
    }
    m_engine->setToolTip(engines.join(QLatin1Char('\n')));
    connect(m_engine, &QComboBox::activated, this, [this] {
        TrainingSettings settings = m_settings;
        settings.engine = static_cast<EngineKind>(m_engine->currentData().toInt());
        if (settings.engine == EngineKind::Scalar)
            settings.precision = Precision::Double;
        propose(settings, tr("Engine"));
    });
    m_precision = choice(tr("&Precision"), tr("Precision"));
    for (const PrecisionRow& row : precisionTable) {
        m_precision->addItem(QCoreApplication::translate("Precision", row.title.data()),
                             static_cast<int>(row.precision));
        m_precision->setItemData(m_precision->count() - 1,
                                 QCoreApplication::translate("Precision", row.summary.data()),
                                 Qt::ToolTipRole);
    }
    connect(m_precision, &QComboBox::activated, this, [this] {
        TrainingSettings settings = m_settings;
        settings.precision = static_cast<Precision>(m_precision->currentData().toInt());
        propose(settings, tr("Precision"));
    });
    m_optimizer = choice(tr("&Optimizer"), tr("Optimizer"));
    for (const OptimizerRow& row : optimizerTable) {
        m_optimizer->addItem(optimizerText(row.kind), static_cast<int>(row.kind));
        m_optimizer->setItemData(m_optimizer->count() - 1, optimizerSummary(row.kind), Qt::ToolTipRole);
    }
    connect(m_optimizer, &QComboBox::activated, this, [this] {
        TrainingSettings settings = m_settings;
        settings.optimizer = static_cast<OptimizerKind>(m_optimizer->currentData().toInt());
        propose(settings, tr("Optimizer"));
    });

    m_learningRate = new RateSpinBox;
    m_learningRate->setToolTip(tr("How far each step goes. Acts at once, on a run under way too."));
    fields->addField(tr("&Learning rate"), m_learningRate, tr("Learning rate"));
    connect(m_learningRate, &RateSpinBox::valueChanged, this, [this](double value) {
        TrainingSettings settings = m_settings;
        settings.learningRate = value;
        propose(settings, tr("Learning rate"), tr("Learning rate"));
    });
    m_batch =
        numberField(fields, tr("&Batch size"), tr("Batch size"), maximumBatch, &TrainingSettings::batchSize);
    m_batch->setToolTip(tr("Samples whose mean gradient makes one step"));
    m_epochs = numberField(fields, tr("Epo&chs"), tr("Epochs"), maximumEpochs, &TrainingSettings::epochs);
    m_epochs->setToolTip(tr("Passes over the training samples"));

    m_seed = new QSpinBox;
    m_seed->setRange(0, std::numeric_limits<int>::max());
    m_seed->setKeyboardTracking(false);
    m_seed->setToolTip(
        tr("Decides the split, the first weights and the shuffling: the same seed, the same run"));
    fields->addField(tr("&Seed"), m_seed, tr("Seed"));
    connect(m_seed, &QSpinBox::valueChanged, this, [this](int value) {
        TrainingSettings settings = m_settings;
        settings.seed = static_cast<std::uint64_t>(value);
        propose(settings, tr("Seed"), tr("Seed"));
    });
    m_threads = numberField(fields, tr("&Threads"), tr("Threads"), std::max(1, QThread::idealThreadCount()),
                            &TrainingSettings::threads);
    m_threads->setToolTip(tr("Of the matrix engine; their number does not change the result"));
}

void ModelPanel::buildCommand(QVBoxLayout* layout)
{
    m_note = new QLabel;
    m_note->setWordWrap(true);
    m_note->setAccessibleName(tr("Note on changes"));
    m_note->setForegroundRole(QPalette::Link);
    m_note->hide();
    layout->addWidget(m_note);

    m_copy = new QPushButton(icon(QStringLiteral("copy")), {});
    m_copy->setFlat(true);
    m_copy->setAccessibleName(tr("Copy command"));
    auto* row = new QHBoxLayout;
    row->addWidget(panelHeading(tr("Equivalent command")));
    row->addStretch();
    row->addWidget(m_copy);
    layout->addLayout(row);

    m_command = new QLabel;
    m_command->setAccessibleName(tr("Equivalent command"));
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPointSizeF(m_command->font().pointSizeF() * 0.9);
    m_command->setFont(font);
    m_command->setWordWrap(true);
    m_command->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_command->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_command->setForegroundRole(QPalette::PlaceholderText);
    layout->addWidget(m_command);
    connect(m_copy, &QPushButton::clicked, this, &ModelPanel::copyCommand);
}

void ModelPanel::copyCommand()
{
    QApplication::clipboard()->setText(m_commandText);
    emit copied(m_commandText);
}

void ModelPanel::propose(const TrainingSettings& settings, const QString& what, const QString& mergeKey)
{
    if (!m_showing && settings != m_settings)
        emit edited(settings, what, mergeKey);
}

void ModelPanel::chooseDataset(int index)
{
    const QString source = m_dataset->itemData(index).toString();
    if (source == folderEntry || source == fileEntry) {
        showDatasets(); // the choice stays what it was until one is chosen
        if (source == folderEntry)
            emit folderWanted();
        else
            emit fileWanted();
        return;
    }
    emit sourceWanted(source.toStdString());
}

void ModelPanel::showDatasets()
{
    const QString source = QString::fromStdString(m_settings.data);
    m_dataset->clear();
    const auto add = [this](const QString& text, std::string_view name) {
        m_dataset->addItem(text, QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size())));
    };
    for (const CatalogSet& set : catalog()) {
        if (findIdxFolder(set.name) || source == QLatin1String(set.name))
            add(QString::fromLatin1(set.title), set.name);
    }
    add(tr("Built-in digits"), "digits");
    for (const ToySetRow& row : toySetTable)
        add(tr("%1 (two features)").arg(QCoreApplication::translate("ToySet", row.title.data())), row.name);
    if (m_dataset->findData(source) < 0)
        m_dataset->addItem(QFileInfo(source).fileName(), source);
    m_dataset->addItem(tr("Folder of IDX files or images…"), folderEntry);
    m_dataset->addItem(tr("CSV file…"), fileEntry);
    chooseData(m_dataset, source);
}

void ModelPanel::showSamples()
{
    const int values[] = {m_settings.samples.training, m_settings.samples.validation,
                          m_settings.samples.test};
    const bool bounded = m_data && isImageSet(*m_data);
    const int pool = bounded ? static_cast<int>(std::min<std::size_t>(sampleCount(*m_data), maximumSamples))
                             : maximumSamples;
    for (int i = 0; i < 3; ++i) {
        m_samples[i]->setMaximum(std::max(pool, values[i]));
        m_samples[i]->setValue(values[i]);
    }
}

void ModelPanel::setSettings(const TrainingSettings& settings, const QString& initialModel,
                             const QString& commandBefore)
{
    m_initialModel = initialModel;
    m_commandBefore = commandBefore;
    m_showing = true;
    const bool otherSource = settings.data != m_settings.data || m_dataset->count() == 0;
    m_settings = settings;
    if (otherSource)
        showDatasets();
    showSamples();
    const int inputs = m_data ? inputCount(*m_data) : m_modelInputs > 0 ? m_modelInputs : 28 * 28;
    const int side = inputs == 28 * 28 ? 28 : 0; // of other inputs nothing is known without data
    const bool images = !m_data || isImageSet(*m_data);
    m_augment->setChecked(settings.augment);
    m_augment->setEnabled(images);
    m_augment->setToolTip(
        images ? tr("Shift, turn, scale, slant and bend them at random, anew in every epoch: a "
                    "network trained so reads other people's writing better")
               : tr("There are no images in this data set"));
    m_layers->setStack({inputs, settings.layers}, m_data ? m_data->width : side,
                       m_data ? m_data->height : side);
    chooseData(m_engine, static_cast<int>(settings.engine));
    chooseData(m_precision, static_cast<int>(settings.precision));
    m_precision->setEnabled(settings.engine == EngineKind::Matrix);
    m_precision->setToolTip(settings.engine == EngineKind::Matrix
                                ? tr("Of weights and arithmetic: float has 32 bits, double 64")
                                : tr("The scalar engine computes in double"));
    chooseData(m_optimizer, static_cast<int>(settings.optimizer));
    m_learningRate->setValue(settings.learningRate);
    m_batch->setValue(settings.batchSize);
    m_epochs->setValue(settings.epochs);
    m_seed->setValue(
        static_cast<int>(std::min<std::uint64_t>(settings.seed, std::numeric_limits<int>::max())));
    m_threads->setMaximum(std::max(m_threads->maximum(), settings.threads));
    m_threads->setValue(settings.threads);
    m_threads->setEnabled(settings.engine == EngineKind::Matrix);
    const QString command = QStringLiteral("chainrule train ") +
                            QString::fromStdString(commandArguments(settings, initialModel.toStdString()));
    m_commandText = commandBefore.isEmpty() ? command.trimmed()
                                            : commandBefore + QStringLiteral(" && ") + command.trimmed();
    m_copy->setToolTip(tr("Copy the command that trains the same network without a window:") +
                       QLatin1Char('\n') + m_commandText);
    m_command->setAccessibleDescription(m_commandText);
    showCommand();
    m_showing = false;
}

void ModelPanel::setData(const std::shared_ptr<const Dataset>& dataset)
{
    m_data = dataset;
    setSettings(m_settings, m_initialModel, m_commandBefore);
}

void ModelPanel::setNote(const QString& note)
{
    m_note->setText(note);
    m_note->setAccessibleDescription(note);
    m_note->setVisible(!note.isEmpty());
}

// In a low window the fields need the room more: there is a line of the command, the button copies the whole
// one and both tips show it.
void ModelPanel::showCommand()
{
    const bool whole = height() >= heightWithCommand;
    m_command->setWordWrap(whole);
    m_command->setSizePolicy(whole ? QSizePolicy::Preferred : QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_command->setText(whole ? m_commandText
                             : m_command->fontMetrics().elidedText(m_commandText, Qt::ElideRight,
                                                                   width() - 2 * commandMargin));
    m_command->setToolTip(whole ? QString() : m_commandText);
}

void ModelPanel::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    showCommand();
}

} // namespace chainrule
