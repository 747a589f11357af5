// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graph/tinyfields.h"

#include "app/base/panels.h"
#include "widgets/fields/fieldgrid.h"
#include "widgets/fields/ratespinbox.h"
#include "widgets/layers/layerstackmodel.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QVBoxLayout>

#include <limits>
#include <utility>

// The fields as they are made; what they do is in tinyfields.cpp.
namespace chainrule {

QComboBox* TinyFields::choice(FieldGrid* grid, const QString& label, const QString& name)
{
    auto* box = new QComboBox;
    grid->addField(label, box, name);
    return box;
}

QSpinBox* TinyFields::number(FieldGrid* grid, const QString& label, const QString& name, int low, int high,
                             int TinySettings::*member)
{
    auto* field = new QSpinBox;
    field->setRange(low, high);
    field->setKeyboardTracking(false);
    field->setGroupSeparatorShown(true);
    grid->addField(label, field, name);
    connect(field, &QSpinBox::valueChanged, this, [this, member](int value) {
        TinySettings settings = m_settings;
        settings.*member = value;
        propose(std::move(settings));
    });
    return field;
}

QSpinBox* TinyFields::seed(FieldGrid* grid, const QString& label, const QString& name,
                           std::uint64_t TinySettings::*member)
{
    auto* field = new QSpinBox;
    field->setRange(0, std::numeric_limits<int>::max());
    field->setKeyboardTracking(false);
    grid->addField(label, field, name);
    connect(field, &QSpinBox::valueChanged, this, [this, member](int value) {
        TinySettings settings = m_settings;
        settings.*member = static_cast<std::uint64_t>(value);
        propose(std::move(settings));
    });
    return field;
}

void TinyFields::buildData(QVBoxLayout* layout)
{
    m_set = new QComboBox;
    m_set->setAccessibleName(tr("Toy data"));
    m_set->setToolTip(tr("Two classes of points in the plane, or inputs that you type"));
    m_set->setFocusPolicy(Qt::StrongFocus);
    m_set->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_set->setMinimumContentsLength(8);
    for (const ToySetRow& row : toySetTable)
        m_set->addItem(QCoreApplication::translate("ToySet", row.title.data()), static_cast<int>(row.set));
    m_set->addItem(tr("None: typed inputs"), typedInputs);
    connect(m_set, &QComboBox::activated, this, &TinyFields::chooseData);

    layout->addWidget(panelHeading(tr("Data")));
    m_dataGrid = makeTinyGrid();
    layout->addLayout(m_dataGrid);
    m_noise = new QDoubleSpinBox;
    m_noise->setRange(0.0, 0.5);
    m_noise->setSingleStep(0.01);
    m_noise->setDecimals(2);
    m_noise->setKeyboardTracking(false);
    m_noise->setToolTip(tr("Standard deviation of what is added to both coordinates"));
    m_dataGrid->addField(tr("&Noise"), m_noise, tr("Noise"));
    connect(m_noise, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        TinySettings settings = m_settings;
        settings.noise = value;
        propose(std::move(settings));
    });
    m_samples =
        number(m_dataGrid, tr("Sa&mples"), tr("Toy samples"), 2, maximumTinySamples, &TinySettings::samples);
    m_samples->setToolTip(tr("How many points there are; all of them train"));
    m_dataSeed = seed(m_dataGrid, tr("Data seed"), tr("Data seed"), &TinySettings::dataSeed);
    m_dataSeed->setToolTip(tr("Decides which points are drawn"));
    m_inputs = number(m_dataGrid, tr("&Inputs"), tr("Inputs"), 2, 3, &TinySettings::inputs);
    m_inputs->setToolTip(tr("How many numbers go into the network"));
}

void TinyFields::buildNetwork(QVBoxLayout* layout)
{
    layout->addWidget(panelHeading(tr("Network")));
    auto* grid = makeTinyGrid();
    layout->addLayout(grid);
    m_hidden = new QLineEdit;
    m_hidden->setPlaceholderText(tr("none"));
    m_hidden->setToolTip(
        tr("Units of each hidden layer, such as 4 or 4, 3; empty: none. Enter takes them over."));
    grid->addField(tr("Hidden la&yers"), m_hidden, tr("Hidden layers"));
    connect(m_hidden, &QLineEdit::textEdited, this, &TinyFields::checkHidden);
    connect(m_hidden, &QLineEdit::editingFinished, this, &TinyFields::chooseHidden);
    m_hiddenFault = new QLabel;
    m_hiddenFault->setAccessibleName(tr("Fault in the hidden layers"));
    m_hiddenFault->setTextFormat(Qt::PlainText);
    m_hiddenFault->setWordWrap(true);
    m_hiddenFault->hide();
    grid->addWide(m_hiddenFault);

    m_activation = choice(grid, tr("A&ctivation"), tr("Hidden activation"));
    for (const ActivationRow& row : activationTable) {
        if (row.activation != Activation::Softmax)
            m_activation->addItem(activationText(row.activation), static_cast<int>(row.activation));
    }
    m_activation->setPlaceholderText(tr("mixed"));
    connect(m_activation, &QComboBox::activated, this, [this] {
        TinySettings settings = m_settings;
        m_hiddenActivation = static_cast<Activation>(m_activation->currentData().toInt());
        for (std::size_t i = 0; i + 1 < settings.layers.size(); ++i)
            std::get<DenseLayer>(settings.layers[i]).activation = m_hiddenActivation;
        propose(std::move(settings));
    });
    m_output = choice(grid, tr("&Output"), tr("Output"));
    m_output->setToolTip(tr("The last layer: two probabilities, or one unit that is to be 1 for class 1"));
    connect(m_output, &QComboBox::activated, this, &TinyFields::chooseOutput);
    m_loss = choice(grid, tr("Lo&ss"), tr("Loss"));
    for (const LossRow& row : lossTable)
        m_loss->addItem(lossText(row.loss), static_cast<int>(row.loss));
    connect(m_loss, &QComboBox::activated, this, [this] {
        m_wishedLoss = static_cast<Loss>(m_loss->currentData().toInt());
        propose(m_settings);
    });
    m_seed = seed(grid, tr("&Weights seed"), tr("Weights seed"), &TinySettings::seed);
    m_seed->setToolTip(
        tr("Decides the first weights and the order of the samples; another one starts again"));
}

void TinyFields::buildTraining(QVBoxLayout* layout)
{
    layout->addWidget(panelHeading(tr("Training")));
    auto* grid = makeTinyGrid();
    layout->addLayout(grid);
    m_engine = choice(grid, tr("&Train with"), tr("Train with"));
    for (const EngineRow& row : engineTable) {
        const QString title = QCoreApplication::translate("Engine", row.title.data());
        m_engine->addItem(tr("%1 engine").arg(title), static_cast<int>(row.engine));
    }
    m_engine->setToolTip(tr("Both engines give the same weights"));
    connect(m_engine, &QComboBox::activated, this, [this] {
        TinySettings settings = m_settings;
        settings.engine = static_cast<EngineKind>(m_engine->currentData().toInt());
        propose(std::move(settings));
    });
    m_rate = new RateSpinBox;
    m_rate->setToolTip(tr("How far each step goes. Acts at once."));
    grid->addField(tr("&Learning rate"), m_rate, tr("Tiny rate"));
    connect(m_rate, &RateSpinBox::valueChanged, this, [this](double value) {
        TinySettings settings = m_settings;
        settings.learningRate = value;
        propose(std::move(settings));
    });
    m_batch =
        number(grid, tr("&Batch size"), tr("Tiny batch"), 1, maximumTinySamples, &TinySettings::batchSize);
    m_batch->setToolTip(tr("Samples whose mean gradient makes one step"));
    m_speed = choice(grid, tr("S&peed"), tr("Speed"));
    m_speed->addItems({tr("Slow"), tr("Normal"), tr("Fast")});
    m_speed->setCurrentIndex(1);
    m_speed->setToolTip(tr("Slow: 3 epochs a second. Normal: 30. Fast: as many as there is time for."));
}

} // namespace chainrule
