// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graph/tinypanel.h"

#include "app/graph/tinyscore.h"
#include "widgets/maps/decisionmap.h"
#include "widgets/maps/maplegend.h"
#include "widgets/network/unitmaps.h"
#include "widgets/style/icons.h"
#include "widgets/style/theme.h"

#include <QEvent>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>

#include <algorithm>
#include <cmath>

// What the panel shows of its network; how it comes to be is in tinypanel.cpp.
namespace chainrule {

namespace {

constexpr float noActivation = 1e-6F; // what a dead unit's map is scaled by

struct ScaleEnds {
    float low = 0.0F;
    float high = 1.0F;
};

// The middle of the colours is where a unit is neither active nor, if it can be, negative.
ScaleEnds unitScale(Activation activation, const std::vector<float>& map)
{
    const ActivationRow& row = activationRow(activation);
    if (std::isfinite(row.least) && std::isfinite(row.most))
        return {static_cast<float>(row.least), static_cast<float>(row.most)};
    float largest = noActivation;
    for (const float value : map) {
        if (std::isfinite(value))
            largest = std::max(largest, std::abs(value));
    }
    return {-largest, largest};
}

// How much each point looks like class 1; one half is the border between the classes.
std::vector<float> decisionValues(const std::vector<std::vector<float>>& outputs, Activation activation)
{
    if (outputs.size() == 1)
        return outputs.front();
    std::vector<float> values = outputs[1];
    if (activation != Activation::Softmax) {
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = (values[i] - outputs[0][i] + 1.0F) / 2.0F;
    }
    return values;
}

} // namespace

QImage TinyPanel::picture(int layer, int unit) const
{
    if (!m_maps || layer < 0 || unit < 0 || static_cast<std::size_t>(layer) >= m_maps->units.size())
        return {};
    const auto& units = m_maps->units[static_cast<std::size_t>(layer)];
    if (static_cast<std::size_t>(unit) >= units.size())
        return {};
    const std::vector<float> map = coarserMap(units[static_cast<std::size_t>(unit)]);
    const Activation activation = layerSpans(m_parameters.stack)[static_cast<std::size_t>(layer)].activation;
    // A single output is judged by one half, whatever it is.
    const bool judged = units.size() == 1 && static_cast<std::size_t>(layer) + 1 == m_maps->units.size();
    const ScaleEnds ends = judged ? ScaleEnds() : unitScale(activation, map);
    return heatImage(map, tinyPictureRows, ends.low, ends.high, palette());
}

void TinyPanel::showButtons()
{
    const bool trains = m_settings.set.has_value();
    m_train->setText(m_training ? tr("Pause") : tr("Train"));
    m_train->setIcon(icon(m_training ? QStringLiteral("pause") : QStringLiteral("play")));
    m_train->setAccessibleName(m_training ? tr("Pause tiny network") : tr("Train tiny network"));
    m_train->setEnabled(trains);
    m_oneEpoch->setEnabled(trains);
    const QString why = tr("There is nothing to train on: choose toy data");
    m_train->setToolTip(!trains      ? why
                        : m_training ? tr("Stop after this epoch")
                                     : tr("Train, epoch after epoch, and watch the maps"));
    m_oneEpoch->setToolTip(trains ? tr("One epoch: once through all samples") : why);
}

void TinyPanel::showSample()
{
    m_showing = true;
    const int count = m_data ? static_cast<int>(sampleCount(*m_data)) : 0;
    m_sampleField->setRange(0, count);
    m_sampleField->setValue(m_sample + 1);
    m_sampleField->setEnabled(count > 0);
    m_targetField->setRange(0, std::max(2, outputLayer(m_settings.layers).units) - 1);
    m_targetField->setValue(m_target);
    m_targetField->setEnabled(m_sample < 0);
    m_targetField->setToolTip(m_sample < 0 ? tr("The class that these inputs should be given")
                                           : tr("The sample's own class"));
    m_map->setSelected(m_sample);
    const bool marked = m_sample < 0 && m_input.size() == 2;
    m_map->setMark(marked ? std::optional(QPointF(m_input[0], m_input[1])) : std::nullopt);
    m_showing = false;
}

void TinyPanel::showMaps()
{
    const bool plane = m_settings.inputs == 2;
    std::vector<int> hidden;
    const auto spans = layerSpans({m_settings.inputs, m_settings.layers});
    for (std::size_t i = 0; plane && i + 1 < spans.size(); ++i)
        hidden.push_back(spans[i].units);
    m_map->setVisible(plane);
    m_legend->setVisible(plane);
    if (m_unitMaps->setShape(hidden))
        m_unitMaps->followInTabOrder(m_targetField);
    m_unitMaps->setVisible(!hidden.empty());
    if (!m_maps) {
        m_map->setValues({}, 0, TinyMaps().extent, 0.0F, 1.0F);
        m_score->setScore(m_epoch, std::nullopt, m_data ? static_cast<int>(sampleCount(*m_data)) : 0);
        return;
    }
    m_map->setValues(decisionValues(m_maps->units.back(), outputLayer(m_settings.layers).activation),
                     m_maps->rows, m_maps->extent, 0.0F, 1.0F);
    for (std::size_t layer = 0; layer < hidden.size(); ++layer) {
        for (int unit = 0; unit < hidden[layer]; ++unit)
            m_unitMaps->setPicture(static_cast<int>(layer), unit, picture(static_cast<int>(layer), unit));
    }
}

void TinyPanel::showProblem(const QString& text)
{
    m_problem->setText(text);
    m_problem->setAccessibleDescription(text);
    m_problem->setVisible(!text.isEmpty());
}

void TinyPanel::applyColors()
{
    QPalette warning = palette();
    warning.setColor(QPalette::WindowText, themeColors(palette()).wrong);
    m_problem->setPalette(warning);
}

void TinyPanel::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() != QEvent::PaletteChange || !m_problem)
        return;
    applyColors();
    if (m_maps)
        showMaps();
}

} // namespace chainrule
