// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graph/tinyfields.h"

#include "widgets/fields/fieldgrid.h"
#include "widgets/fields/ratespinbox.h"
#include "widgets/layers/layerstackmodel.h"
#include "widgets/style/theme.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpression>
#include <QSpinBox>
#include <QStandardItemModel>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>
#include <utility>

namespace chainrule {

namespace {

constexpr int maximumHiddenLayers = 3;

QString hiddenText(const std::vector<Layer>& layers)
{
    QStringList units;
    for (std::size_t i = 0; i + 1 < layers.size(); ++i)
        units.append(QString::number(std::get<DenseLayer>(layers[i]).units));
    return units.join(QStringLiteral(", "));
}

// An output layer as a combo box's data.
int outputCode(const DenseLayer& layer)
{
    return layer.units * 100 + static_cast<int>(layer.activation);
}

DenseLayer outputOf(int code)
{
    return {code / 100, static_cast<Activation>(code % 100)};
}

void setChoiceEnabled(QComboBox* box, int data, bool enabled, const QString& why)
{
    auto* model = qobject_cast<QStandardItemModel*>(box->model());
    const int row = box->findData(data);
    if (!model || row < 0)
        return;
    model->item(row)->setEnabled(enabled);
    model->item(row)->setToolTip(enabled ? QString() : why);
}

void setFieldVisible(FieldGrid* grid, QWidget* field, bool visible)
{
    int row = 0;
    int column = 0;
    int span = 0;
    grid->getItemPosition(grid->indexOf(field), &row, &column, &span, &span);
    grid->itemAtPosition(row, 0)->widget()->setVisible(visible);
    field->setVisible(visible);
}

} // namespace

FieldGrid* makeTinyGrid()
{
    auto* grid = new FieldGrid;
    grid->setColumnStretch(0, 5);
    grid->setColumnStretch(1, 6);
    return grid;
}

std::optional<std::vector<int>> parseHiddenLayers(const QString& text, QString& fault)
{
    fault.clear();
    std::vector<int> units;
    if (text.trimmed().isEmpty())
        return units;
    for (const QString& piece : text.split(QRegularExpression(QStringLiteral("[,;]")))) {
        const QString word = piece.trimmed();
        bool whole = false;
        const int number = word.toInt(&whole);
        if (word.isEmpty())
            fault = TinyFields::tr("A number is missing beside a comma.");
        else if (!whole)
            fault = TinyFields::tr("“%1” is no number of units; write for instance 4, 3.").arg(word);
        else if (number < 1 || number > maximumTinyUnits)
            fault = TinyFields::tr("A layer has 1 to %1 units.").arg(maximumTinyUnits);
        if (!fault.isEmpty())
            return std::nullopt;
        units.push_back(number);
    }
    if (units.size() > static_cast<std::size_t>(maximumHiddenLayers)) {
        fault = TinyFields::tr("At most %1 hidden layers fit here.").arg(maximumHiddenLayers);
        return std::nullopt;
    }
    return units;
}

TinyFields::TinyFields(QWidget* parent)
    : QWidget(parent)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    buildData(layout);
    layout->addSpacing(4);
    buildNetwork(layout);
    layout->addSpacing(4);
    buildTraining(layout);
    applyColors();
    setSettings({});
}

int TinyFields::speed() const
{
    return m_speed->currentIndex();
}

// ---- edits --------------------------------------------------------------------------------------------

TinySettings TinyFields::fitting(TinySettings settings) const
{
    if (settings.set)
        settings.inputs = 2;
    settings.loss = fittingLoss(m_wishedLoss, outputLayer(settings.layers).activation);
    return settings;
}

void TinyFields::propose(TinySettings settings)
{
    if (m_showing)
        return;
    settings = fitting(std::move(settings));
    const bool changed = settings != m_settings;
    show(settings);
    if (changed)
        emit edited(m_settings);
}

void TinyFields::chooseData()
{
    TinySettings settings = m_settings;
    const int set = m_set->currentData().toInt();
    settings.set.reset();
    if (set != typedInputs) {
        settings.set = static_cast<ToySet>(set);
        if (outputLayer(settings.layers).units > 2) // two classes
            outputLayer(settings.layers) = {2, Activation::Softmax};
    }
    propose(std::move(settings));
}

void TinyFields::checkHidden()
{
    QString fault;
    const bool good = parseHiddenLayers(m_hidden->text(), fault).has_value();
    m_hiddenFault->setText(fault);
    m_hiddenFault->setAccessibleDescription(fault);
    m_hiddenFault->setVisible(!good);
}

void TinyFields::chooseHidden()
{
    QString fault;
    const auto units = parseHiddenLayers(m_hidden->text(), fault);
    checkHidden();
    if (!units || m_showing)
        return;
    TinySettings settings = m_settings;
    const DenseLayer output = outputLayer(settings.layers);
    settings.layers.clear();
    for (std::size_t i = 0; i < units->size(); ++i) {
        // Layers of an example may each have an activation of their own.
        const bool old = i + 1 < m_settings.layers.size();
        settings.layers.emplace_back((*units)[i], old ? std::get<DenseLayer>(m_settings.layers[i]).activation
                                                      : m_hiddenActivation);
    }
    settings.layers.push_back(output);
    propose(std::move(settings));
}

void TinyFields::chooseOutput()
{
    TinySettings settings = m_settings;
    outputLayer(settings.layers) = outputOf(m_output->currentData().toInt());
    propose(std::move(settings));
}

// ---- showing ------------------------------------------------------------------------------------------

void TinyFields::setSettings(const TinySettings& settings)
{
    m_wishedLoss = settings.loss;
    show(settings);
}

void TinyFields::show(const TinySettings& settings)
{
    m_showing = true;
    m_settings = settings;
    const bool typed = !settings.set;
    m_set->setCurrentIndex(m_set->findData(typed ? typedInputs : static_cast<int>(*settings.set)));
    m_noise->setValue(settings.noise);
    m_samples->setValue(settings.samples);
    m_dataSeed->setValue(
        static_cast<int>(std::min<std::uint64_t>(settings.dataSeed, std::numeric_limits<int>::max())));
    m_inputs->setValue(settings.inputs);
    for (QWidget* field : {static_cast<QWidget*>(m_noise), static_cast<QWidget*>(m_samples),
                           static_cast<QWidget*>(m_dataSeed)})
        setFieldVisible(m_dataGrid, field, !typed);
    setFieldVisible(m_dataGrid, m_inputs, typed);

    // What is being typed stays as it is while it means the same, or nothing yet.
    QString fault;
    const auto units = parseHiddenLayers(m_hidden->text(), fault);
    const QString shown = hiddenText(settings.layers);
    if (!m_hidden->hasFocus() || (units && parseHiddenLayers(shown, fault) != units)) {
        m_hidden->setText(shown);
        m_hidden->setCursorPosition(0);
        m_hiddenFault->hide();
    }
    const bool hidden = settings.layers.size() > 1;
    if (hidden)
        m_hiddenActivation = std::get<DenseLayer>(settings.layers.front()).activation;
    bool alike = true; // an example may have several
    for (std::size_t i = 0; i + 1 < settings.layers.size(); ++i)
        alike = alike && std::get<DenseLayer>(settings.layers[i]).activation == m_hiddenActivation;
    m_activation->setCurrentIndex(alike ? m_activation->findData(static_cast<int>(m_hiddenActivation)) : -1);
    m_activation->setEnabled(hidden);
    m_activation->setToolTip(hidden ? tr("What each hidden unit does to its sum")
                                    : tr("There are no hidden layers"));
    showOutput();
    showLossesThatFit();
    m_engine->setCurrentIndex(m_engine->findData(static_cast<int>(settings.engine)));
    m_rate->setValue(settings.learningRate);
    m_batch->setValue(settings.batchSize);
    m_seed->setValue(
        static_cast<int>(std::min<std::uint64_t>(settings.seed, std::numeric_limits<int>::max())));
    for (QWidget* field : {static_cast<QWidget*>(m_engine), static_cast<QWidget*>(m_rate),
                           static_cast<QWidget*>(m_batch), static_cast<QWidget*>(m_speed)})
        field->setEnabled(!typed);
    m_showing = false;
}

void TinyFields::showOutput()
{
    m_output->clear();
    const auto offer = [this](const QString& text, DenseLayer layer) {
        m_output->addItem(text, outputCode(layer));
    };
    const auto severalOf = [](const DenseLayer& layer) {
        return tr("%1 of %2").arg(activationText(layer.activation)).arg(layer.units);
    };
    for (const ActivationRow& row : activationTable) {
        if (row.activation == Activation::Softmax) // of one unit it would always be 1
            offer(severalOf({2, row.activation}), {2, row.activation});
        else
            offer(tr("One %1").arg(activationWord(row.activation)), {1, row.activation});
    }
    const DenseLayer& last = outputLayer(m_settings.layers);
    if (m_output->findData(outputCode(last)) < 0) // an example's
        offer(severalOf(last), last);
    m_output->setCurrentIndex(m_output->findData(outputCode(last)));
}

void TinyFields::showLossesThatFit()
{
    const auto need = [](Loss loss) {
        return tr("%1 needs %2 as the output").arg(lossText(loss), activationWord(lossRow(loss).output));
    };
    const Activation output = outputLayer(m_settings.layers).activation;
    for (const LossRow& row : lossTable)
        setChoiceEnabled(m_loss, static_cast<int>(row.loss), lossFits(row.loss, output), need(row.loss));
    m_loss->setCurrentIndex(m_loss->findData(static_cast<int>(m_settings.loss)));
    m_loss->setToolTip(lossFits(m_wishedLoss, output) ? tr("What training makes small") : need(m_wishedLoss));
}

void TinyFields::applyColors()
{
    QPalette warning = palette();
    warning.setColor(QPalette::WindowText, themeColors(palette()).wrong);
    m_hiddenFault->setPalette(warning);
}

void TinyFields::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_hiddenFault)
        applyColors();
}

} // namespace chainrule
