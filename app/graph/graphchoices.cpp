// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graph/graphchoices.h"

#include "app/graph/graphpage.h"
#include "app/graph/tinypanel.h"

#include "core/network/layers.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace chainrule::graphChoices {

namespace {

using Mode = GraphPage::Mode;
const std::pair<Mode, QString> modes[] = {{Mode::Expression, QStringLiteral("expression")},
                                          {Mode::TinyNetwork, QStringLiteral("tiny network")},
                                          {Mode::Digit, QStringLiteral("digit")}};
// The losses in the kept choices. Binary is kept as cross-entropy, too: fittingLoss() tells them apart.
const QString squaredError = QStringLiteral("squared error");
const QString crossEntropy = QStringLiteral("cross-entropy");

QString textOf(std::string_view name)
{
    return QString::fromLatin1(name.data(), static_cast<qsizetype>(name.size()));
}

QJsonObject toJson(const TinySettings& settings)
{
    QJsonObject root;
    root[QStringLiteral("set")] =
        settings.set ? textOf(toySetRow(*settings.set).name) : QStringLiteral("typed");
    root[QStringLiteral("samples")] = settings.samples;
    root[QStringLiteral("noise")] = settings.noise;
    // As texts: a JSON number of Qt's has 53 bits.
    root[QStringLiteral("data_seed")] = QString::number(settings.dataSeed);
    root[QStringLiteral("inputs")] = settings.inputs;
    root[QStringLiteral("layers")] = QString::fromStdString(formatLayers(settings.layers));
    root[QStringLiteral("loss")] = settings.loss == Loss::Squared ? squaredError : crossEntropy;
    root[QStringLiteral("engine")] = textOf(engineName(settings.engine));
    root[QStringLiteral("learning_rate")] = settings.learningRate;
    root[QStringLiteral("batch")] = settings.batchSize;
    root[QStringLiteral("seed")] = QString::number(settings.seed);
    return root;
}

TinySettings fromJson(const QJsonObject& root)
{
    TinySettings settings;
    const QString chosen = root[QStringLiteral("set")].toString();
    settings.set.reset();
    for (const ToySetRow& row : toySetTable) {
        if (chosen == textOf(row.name))
            settings.set = row.set;
    }
    settings.samples = root[QStringLiteral("samples")].toInt(settings.samples);
    settings.noise = root[QStringLiteral("noise")].toDouble(settings.noise);
    settings.dataSeed = root[QStringLiteral("data_seed")].toString().toULongLong();
    settings.inputs = root[QStringLiteral("inputs")].toInt(settings.inputs);
    auto layers = parseLayers(root[QStringLiteral("layers")].toString().toStdString());
    if (layers && std::ranges::all_of(
                      *layers, [](const Layer& layer) { return std::holds_alternative<DenseLayer>(layer); }))
        settings.layers = std::move(*layers);
    const bool squared = root[QStringLiteral("loss")].toString() == squaredError;
    settings.loss =
        fittingLoss(squared ? Loss::Squared : Loss::CrossEntropy, outputLayer(settings.layers).activation);
    if (const auto engine = engineFromName(root[QStringLiteral("engine")].toString().toStdString()))
        settings.engine = *engine;
    settings.learningRate = root[QStringLiteral("learning_rate")].toDouble(settings.learningRate);
    settings.batchSize = root[QStringLiteral("batch")].toInt(settings.batchSize);
    settings.seed = root[QStringLiteral("seed")].toString().toULongLong();
    return settings;
}

} // namespace

QString write(const GraphPage& page)
{
    QJsonObject root;
    for (const auto& [mode, name] : modes) {
        if (page.mode() == mode)
            root[QStringLiteral("mode")] = name;
    }
    root[QStringLiteral("tiny")] = toJson(page.tinyPanel().settings());
    return QString::fromUtf8(QJsonDocument(root).toJson(QJsonDocument::Compact));
}

bool apply(const QString& text, GraphPage& page)
{
    const QJsonObject root = QJsonDocument::fromJson(text.toUtf8()).object();
    if (const QJsonValue tiny = root[QStringLiteral("tiny")]; tiny.isObject()) {
        const TinySettings settings = fromJson(tiny.toObject());
        if (settings != page.tinyPanel().settings())
            page.tinyPanel().useSettings(settings); // leaves aside what cannot be used
    }
    const QString mode = root[QStringLiteral("mode")].toString();
    for (const auto& [each, name] : modes) {
        if (mode == name && each != Mode::Digit)
            page.setMode(each);
    }
    return mode == modes[2].second;
}

} // namespace chainrule::graphChoices
