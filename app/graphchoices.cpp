// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graphchoices.h"

#include "app/graphpage.h"
#include "app/tinypanel.h"

#include "core/network/layers.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace chainrule::graphChoices {

namespace {

using Mode = GraphPage::Mode;
const std::pair<Mode, QString> modes[] = {{Mode::Expression, QStringLiteral("expression")},
                                          {Mode::TinyNetwork, QStringLiteral("tiny network")},
                                          {Mode::Digit, QStringLiteral("digit")}};
const std::pair<ToySet, QString> sets[] = {{ToySet::Xor, QStringLiteral("xor")},
                                           {ToySet::Circles, QStringLiteral("circles")},
                                           {ToySet::Moons, QStringLiteral("moons")},
                                           {ToySet::Spiral, QStringLiteral("spiral")}};
const QString squaredError = QStringLiteral("squared error");

QJsonObject toJson(const TinySettings& settings)
{
    QJsonObject root;
    root[QStringLiteral("set")] = QStringLiteral("typed");
    for (const auto& [set, name] : sets) {
        if (settings.set == set)
            root[QStringLiteral("set")] = name;
    }
    root[QStringLiteral("samples")] = settings.samples;
    root[QStringLiteral("noise")] = settings.noise;
    // As texts: a JSON number of Qt's has 53 bits.
    root[QStringLiteral("data_seed")] = QString::number(settings.dataSeed);
    root[QStringLiteral("inputs")] = settings.inputs;
    root[QStringLiteral("layers")] = QString::fromStdString(formatLayers(settings.layers));
    root[QStringLiteral("loss")] =
        settings.loss == Loss::Squared ? squaredError : QStringLiteral("cross-entropy");
    root[QStringLiteral("engine")] =
        settings.engine == EngineKind::Scalar ? QStringLiteral("scalar") : QStringLiteral("matrix");
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
    for (const auto& [set, name] : sets) {
        if (chosen == name)
            settings.set = set;
    }
    settings.samples = root[QStringLiteral("samples")].toInt(settings.samples);
    settings.noise = root[QStringLiteral("noise")].toDouble(settings.noise);
    settings.dataSeed = root[QStringLiteral("data_seed")].toString().toULongLong();
    settings.inputs = root[QStringLiteral("inputs")].toInt(settings.inputs);
    auto layers = parseLayers(root[QStringLiteral("layers")].toString().toStdString());
    if (layers && std::ranges::all_of(
                      *layers, [](const Layer& layer) { return std::holds_alternative<DenseLayer>(layer); }))
        settings.layers = std::move(*layers);
    if (root[QStringLiteral("loss")].toString() == squaredError)
        settings.loss = Loss::Squared;
    if (root[QStringLiteral("engine")].toString() == QStringLiteral("scalar"))
        settings.engine = EngineKind::Scalar;
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
