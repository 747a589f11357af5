// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tables/runnames.h"

#include <QCoreApplication>
#include <QHash>
#include <QLocale>
#include <QStringList>

#include <algorithm>

namespace chainrule {

namespace {

constexpr std::size_t dataAspect = 9;

QString say(const char* text)
{
    return QCoreApplication::translate("RunNames", text);
}

QString hiddenLayers(const TrainingSettings& settings)
{
    QStringList sizes;
    for (std::size_t i = 0; i + 1 < settings.layers.size(); ++i) {
        const auto* const dense = std::get_if<DenseLayer>(&settings.layers[i]);
        sizes << (dense ? QString::number(dense->units)
                        : QString::fromStdString(formatLayer(settings.layers[i])));
    }
    return sizes.isEmpty() ? say(QT_TRANSLATE_NOOP("RunNames", "no hidden layer"))
                           : sizes.join(QLatin1Char('-'));
}

QString activations(const TrainingSettings& settings)
{
    QStringList names;
    for (std::size_t i = 0; i + 1 < settings.layers.size(); ++i) {
        if (const auto* const dense = std::get_if<DenseLayer>(&settings.layers[i]))
            names << QString::fromLatin1(activationName(dense->activation).data());
    }
    names.removeDuplicates();
    return names.join(QLatin1Char('-'));
}

// "rate 0.1", or "rate 0.1 → 0.05" where it was changed under way.
QString rateText(const Run& run, const QLocale& locale)
{
    const auto number = [&locale](double rate) { return locale.toString(rate, 'g', 4); };
    const double first = run.settings.learningRate;
    const double last = run.history.epochs.empty() ? first : run.history.epochs.back().learningRate;
    const QString text = say(QT_TRANSLATE_NOOP("RunNames", "rate %1")).arg(number(first));
    return last == first ? text : QStringLiteral("%1 → %2").arg(text, number(last));
}

QString latin(std::string_view text)
{
    return QString::fromLatin1(text.data(), static_cast<qsizetype>(text.size()));
}

// Paths by their last parts, or else by their beginnings and ends: what is between tells least. As long as it
// takes to keep different ones apart.
QHash<QString, QString> shortened(const QStringList& paths)
{
    const auto made = [&paths](auto shorten) {
        QHash<QString, QString> names;
        QStringList different;
        for (const QString& path : paths)
            different << (names[path] = shorten(path));
        return different.removeDuplicates() == 0 ? names : QHash<QString, QString>();
    };
    auto names = made([](const QString& path) {
        return path.section(QLatin1Char('/'), -1, -1, QString::SectionSkipEmpty);
    });
    for (const qsizetype most : {qsizetype(24), qsizetype(40), qsizetype(64)}) {
        if (!names.isEmpty())
            return names;
        names = made([most](const QString& path) {
            const qsizetype start = most / 3;
            return path.size() <= most ? path
                                       : path.left(start) + QChar(0x2026) + path.right(most - start - 1);
        });
    }
    return names.isEmpty() ? made([](const QString& path) { return path; }) : names;
}

} // namespace

RunAspects aspectsOf(const Run& run, const QLocale& locale)
{
    const TrainingSettings& settings = run.settings;
    return {
        hiddenLayers(settings),
        activations(settings),
        latin(engineName(settings.engine)),
        latin(optimizerName(settings.optimizer)),
        rateText(run, locale),
        say(QT_TRANSLATE_NOOP("RunNames", "batch %1")).arg(locale.toString(settings.batchSize)),
        say(QT_TRANSLATE_NOOP("RunNames", "epochs %1")).arg(locale.toString(settings.epochs)),
        say(QT_TRANSLATE_NOOP("RunNames", "seed %1")).arg(settings.seed),
        latin(precisionName(settings.precision)),
        QString::fromStdString(settings.data),
        say(QT_TRANSLATE_NOOP("RunNames", "samples %1")).arg(locale.toString(settings.samples.training)),
        run.forkedFrom
            ? say(QT_TRANSLATE_NOOP("RunNames", "fork at step %1")).arg(locale.toString(run.forkedFrom->step))
            : QString(),
    };
}

RunNames runNames(const std::vector<RunAspects>& runs)
{
    RunNames names;
    for (const RunAspects& run : runs)
        names.whole.push_back(run.front());
    names.shortened = names.whole;
    for (std::size_t aspect = 1; aspect < std::tuple_size_v<RunAspects>; ++aspect) {
        if (std::ranges::all_of(runs,
                                [&](const RunAspects& run) { return run[aspect] == runs.front()[aspect]; }))
            continue;
        QHash<QString, QString> shorter;
        if (aspect == dataAspect) {
            QStringList paths;
            for (const RunAspects& run : runs) {
                if (!shorter.contains(run[aspect]))
                    paths << run[aspect];
                shorter.insert(run[aspect], {});
            }
            shorter = shortened(paths);
        }
        for (std::size_t i = 0; i < runs.size(); ++i) {
            const QString& text = runs[i][aspect];
            if (text.isEmpty())
                continue;
            names.whole[i] += QStringLiteral(" · ") + text;
            names.shortened[i] += QStringLiteral(" · ") + shorter.value(text, text);
        }
    }
    return names;
}

} // namespace chainrule
