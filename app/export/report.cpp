// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export/report.h"

#include "app/base/files.h"
#include "app/data/sampleimage.h"

#include "core/base/text.h"
#include "core/data/readers/sources.h"
#include "widgets/fields/losswords.h"
#include "widgets/fields/numbertext.h"
#include "widgets/layers/layerstackmodel.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLocale>

#include <algorithm>
#include <cmath>

namespace chainrule {

namespace {

constexpr double halfWidth = 86.0; // millimetres of a page whose margins leave 178
constexpr double curveHeight = 60.0;
constexpr double confusionWidth = 130.0;
constexpr double predictionsWidth = 178.0;
constexpr std::size_t mostRows = 25;

class Reports {
    Q_DECLARE_TR_FUNCTIONS(chainrule::Report)
};

QString whole(std::int64_t number)
{
    return numberText(static_cast<double>(number), 0, QLocale());
}

QString count(std::size_t number)
{
    // numberText() turns to powers of ten where a number is no longer one to read.
    return number < 1'000'000 ? whole(static_cast<std::int64_t>(number))
                              : QLocale().toString(static_cast<qulonglong>(number));
}

QString percent(double value)
{
    return Reports::tr("%1 %").arg(numberText(value, 2, QLocale()));
}

QString layerWord(const Layer& layer)
{
    const auto* const dense = std::get_if<DenseLayer>(&layer);
    if (!dense)
        return QString::fromStdString(formatLayer(layer));
    return Reports::tr("%1\u00a0%2")
        .arg(count(static_cast<std::size_t>(dense->units)), activationWord(dense->activation));
}

Report::Group networkFacts(const TrainedNetwork& network)
{
    QStringList layers;
    for (const Layer& layer : network.parameters->stack.layers)
        layers << layerWord(layer);
    const bool matrix = network.settings.engine == EngineKind::Matrix;
    const QString precision = network.settings.precision == Precision::Double
                                  ? Reports::tr("double precision")
                                  : Reports::tr("float precision");
    Report::Group group{
        Reports::tr("Network"),
        {{Reports::tr("Inputs"), count(static_cast<std::size_t>(network.parameters->stack.input.size()))},
         {Reports::tr("Layers"), layers.join(QStringLiteral(", "))},
         {Reports::tr("Parameters"), count(network.parameters->parameters.size())}}};
    if (network.recorded) {
        group.facts.push_back(
            {Reports::tr("Engine"),
             (matrix ? Reports::tr("matrix, %1") : Reports::tr("scalar, %1")).arg(precision)});
    } else {
        group.facts.push_back({Reports::tr("Weights"), precision});
    }
    return group;
}

// "0.02, from epoch 6: 0.005"; of many changes, the last.
QString rateText(const TrainedNetwork& network)
{
    constexpr std::size_t mostChanges = 3;
    const QString first = QLocale().toString(network.settings.learningRate);
    const std::vector<RateChange> changes = rateChanges(network);
    if (changes.size() > mostChanges) {
        return Reports::tr("%1, changed %2 times, from epoch %3: %4")
            .arg(first, count(changes.size()), whole(changes.back().epoch),
                 QLocale().toString(changes.back().rate));
    }
    QString text = first;
    for (const RateChange& change : changes) {
        text += Reports::tr(", from epoch %1: %2").arg(whole(change.epoch), QLocale().toString(change.rate));
    }
    return text;
}

QString epochsText(const TrainedNetwork& network)
{
    const int all = network.settings.epochs;
    const int trained = epochsTrained(network);
    if (trained == all)
        return whole(all);
    if (endedByItself(network))
        return Reports::tr("%1 of %2: none of the last %3 had a lower validation loss than epoch %4")
            .arg(whole(trained), whole(all), whole(trained - network.history.bestEpoch),
                 whole(network.history.bestEpoch));
    return trained == 0 ? Reports::tr("none of %1 recorded").arg(whole(all))
                        : Reports::tr("stopped after epoch %1 of %2").arg(whole(trained), whole(all));
}

// Why the file that it began from keeps the command from repeating it; nothing where it does not.
QString initialNoteOf(const TrainedNetwork& network)
{
    if (!network.initial)
        return {};
    const QString file = QString::fromStdString(network.initial->file);
    switch (network.initialState) {
    case InitialState::None:
    case InitialState::Same:
        return {};
    case InitialState::Missing:
        return Reports::tr(
                   "Training began from %1, which is no longer there: the command does not repeat it.")
            .arg(file);
    case InitialState::Changed:
        return Reports::tr(
                   "Training began from %1, which has been changed since: the command does not repeat "
                   "it.")
            .arg(file);
    case InitialState::Unknown:
        return Reports::tr("Training began from %1, and whether that is still what it was is not known: the "
                           "command may not repeat it.")
            .arg(file);
    case InitialState::InNoFile:
        return Reports::tr("Training began from weights that were in no file: no command repeats it.");
    }
    return {};
}

// "first.safetensors, SHA-256 0123456789abcdef…".
QString initialText(const InitialFile& initial)
{
    constexpr qsizetype digits = 16; // enough to tell files apart, and a line has room for them
    const QString name = QFileInfo(QString::fromStdString(initial.file)).fileName();
    const QString hash = QString::fromStdString(initial.sha256);
    if (name.isEmpty())
        return Reports::tr("weights that were in no file");
    return hash.isEmpty() ? name : Reports::tr("%1, SHA-256 %2…").arg(name, hash.left(digits));
}

QString trainingNoteOf(const TrainedNetwork& network)
{
    if (!network.recorded)
        return Reports::tr("How the network was trained is not recorded.");
    const bool changed = !rateChanges(network).empty();
    const bool ended = endedByItself(network);
    if (ended && changed)
        return Reports::tr("No single command repeats these weights: the learning rate was changed while "
                           "training.");
    if (ended)
        return {};
    const QString reason = epochsTrained(network) == 0
                               ? Reports::tr("no epoch of its training is recorded")
                               : Reports::tr("training stopped after epoch %1 of %2")
                                     .arg(whole(epochsTrained(network)), whole(network.settings.epochs));
    return changed ? Reports::tr("No single command repeats these weights: %1, and the learning rate was "
                                 "changed before.")
                         .arg(reason)
                   : Reports::tr("No single command repeats these weights: %1.").arg(reason);
}

QString restartNoteOf(const TrainedNetwork& network)
{
    const auto at = restartOf(network);
    return network.recorded && at
               ? Reports::tr("The run was cut off at epoch %1 and went on without what its optimizer had "
                             "gathered, which no command repeats.")
                     .arg(numberText(*at, 2, QLocale()))
               : QString();
}

QString drawingsNoteOf(const TrainedNetwork& network)
{
    const QString file = QString::fromStdString(network.settings.drawings);
    if (!network.recorded || file.isEmpty())
        return {};
    return Reports::tr(
               "It learned from the drawings that %1 held then: with others the command gives another "
               "network.")
        .arg(file);
}

QString repeatNoteOf(const TrainedNetwork& network)
{
    QStringList notes{trainingNoteOf(network), restartNoteOf(network),
                      network.recorded ? initialNoteOf(network) : QString(), drawingsNoteOf(network)};
    notes.removeAll(QString());
    return notes.join(QLatin1Char(' '));
}

QString drawnText(const RunSetup& setup)
{
    if (!setup.settings.shuffle)
        return {};
    const Dataset& data = *setup.data;
    const bool ownTest = data.official.training > 0 && firstTestSample(data) < sampleCount(data) &&
                         setup.settings.drawings.empty();
    return (ownTest ? Reports::tr("These samples were drawn by seed %1 from all of %2, not taken from the "
                                  "test set that it comes with.")
                    : Reports::tr("These samples were drawn by seed %1 from all of %2."))
        .arg(QString::number(setup.settings.seed), QString::fromStdString(data.name));
}

Report::Group trainingFacts(const TrainedNetwork& network)
{
    const TrainingSettings& settings = network.settings;
    Report::Group group{Reports::tr("Training"), {}};
    auto& facts = group.facts;
    if (!network.recorded) {
        facts.push_back({Reports::tr("Settings"), Reports::tr("not recorded")});
        return group;
    }
    if (network.initial)
        facts.push_back({Reports::tr("Began from"), initialText(*network.initial)});
    // What most runs leave as it is is named where this one does not: the report has two pages.
    if (settings.loss != Loss::CrossEntropy)
        facts.push_back({Reports::tr("Loss"), lossText(settings.loss)});
    if (!network.initial && settings.initialWeights != InitialWeights())
        facts.push_back({Reports::tr("Initial weights"),
                         QString::fromStdString(formatInitialWeights(settings.initialWeights))});
    facts.push_back({Reports::tr("Optimizer"), optimizerText(settings.optimizer)});
    facts.push_back({Reports::tr("Learning rate"), rateText(network)});
    if (settings.schedule != RateSchedule::Constant)
        facts.push_back({Reports::tr("Schedule"),
                         QCoreApplication::translate(
                             "RateSchedule",
                             rateScheduleTable[static_cast<std::size_t>(settings.schedule)].title.data())});
    if (settings.warmup > 0)
        facts.push_back({Reports::tr("Warm-up"), Reports::tr("%1 steps").arg(whole(settings.warmup))});
    const auto penalty = [&](const QString& name, double value) {
        if (value > 0.0)
            facts.push_back({name, QLocale().toString(value)});
    };
    penalty(Reports::tr("L1 penalty"), settings.l1);
    penalty(Reports::tr("L2 penalty"), settings.l2);
    penalty(Reports::tr("Largest gradient norm"), settings.clip);
    facts.push_back({Reports::tr("Batch size"), whole(settings.batchSize)});
    facts.push_back({Reports::tr("Epochs"), epochsText(network)});
    if (settings.keep == Keep::Best && network.history.bestEpoch > 0)
        facts.push_back({Reports::tr("Weights"), Reports::tr("of epoch %1, with the lowest validation loss")
                                                     .arg(whole(network.history.bestEpoch))});
    facts.push_back({Reports::tr("Seed"), QString::number(settings.seed)});
    if (settings.augment)
        facts.push_back({Reports::tr("Images"), Reports::tr("deformed at random in every epoch")});
    if (network.history.trainSeconds > 0.0) {
        facts.push_back(
            {Reports::tr("Time"),
             Reports::tr("%1 s (%2 samples/s)")
                 .arg(numberText(network.history.trainSeconds, 2, QLocale()),
                      count(static_cast<std::size_t>(std::llround(network.history.samplesPerSecond))))});
    }
    return group;
}

QString orderText(const TrainingSettings& settings)
{
    return settings.shuffle ? Reports::tr("shuffled by seed %1").arg(settings.seed)
                            : Reports::tr("as in the files");
}

Report::Group dataFacts(const TrainedNetwork& network)
{
    const RunSetup& setup = *network.setup;
    const TrainingSettings& settings = network.settings;
    const bool own = measuresItsOwnSet(network);
    const std::string trainedOn = settings.data.empty() ? defaultSource() : settings.data;
    Report::Group group{Reports::tr("Data"),
                        {{network.recorded && !own ? Reports::tr("Measured on") : Reports::tr("Set"),
                          QString::fromStdString(setup.data->name)}}};
    if (network.recorded && !own)
        group.facts.push_back({Reports::tr("Trained on"), QString::fromStdString(trainedOn)});
    if (network.recorded) {
        group.facts.push_back({Reports::tr("Training samples"), whole(settings.samples.training)});
        group.facts.push_back({Reports::tr("Validation samples"), whole(settings.samples.validation)});
        group.facts.push_back({Reports::tr("Test samples"), count(setup.split.test.size())});
    } else {
        group.facts.push_back({Reports::tr("Measured samples"), count(setup.split.test.size())});
    }
    const QString measuredOrder = orderText(setup.settings);
    const bool otherOrder = network.recorded && orderText(settings) != measuredOrder;
    group.facts.push_back(
        {otherOrder ? Reports::tr("Order when measured") : Reports::tr("Order"), measuredOrder});
    if (otherOrder)
        group.facts.push_back({Reports::tr("Order when trained"), orderText(settings)});
    if (!settings.drawings.empty())
        group.facts.push_back({Reports::tr("Own drawings"), Reports::tr("joined the training samples")});
    return group;
}

void addHistory(const History& history, Report& report)
{
    report.historyHeader = {Reports::tr("Epoch"), Reports::tr("Training loss"),
                            Reports::tr("Training accuracy"), Reports::tr("Validation loss"),
                            Reports::tr("Validation accuracy")};
    const std::size_t epochs = history.epochs.size();
    const std::size_t rows = std::min(epochs, mostRows);
    if (rows < epochs)
        report.historyNote = Reports::tr("Of %2 epochs %1 are shown, evenly spread, the first and the last "
                                         "among them; the exported history has all.")
                                 .arg(count(rows), count(epochs));
    const QString none(QChar(0x2013));
    for (std::size_t i = 0; i < rows; ++i) {
        const std::size_t at = rows == 1 ? 0 : (i * (epochs - 1) + (rows - 1) / 2) / (rows - 1);
        const EpochRecord& record = history.epochs[at];
        report.history.push_back(
            {whole(record.epoch), numberText(record.trainLoss, 4, QLocale()), percent(record.trainAccuracy),
             record.validation ? numberText(record.validation->loss, 4, QLocale()) : none,
             record.validation ? percent(record.validation->accuracy) : none});
    }
}

QString confusedText(const Measurement& measured, const std::vector<std::string>& names)
{
    struct Pair {
        std::size_t truth = 0;
        std::size_t predicted = 0;
        int times = 0;
    };
    std::vector<Pair> pairs;
    for (std::size_t row = 0; row < measured.confusion.size(); ++row) {
        for (std::size_t column = 0; column < measured.confusion.size(); ++column) {
            if (row != column && measured.confusion[row][column] > 0)
                pairs.push_back({row, column, measured.confusion[row][column]});
        }
    }
    std::ranges::stable_sort(pairs, std::greater(), &Pair::times);
    QStringList words;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, pairs.size()); ++i) {
        words << Reports::tr("%1 read as %2 (%3)")
                     .arg(QString::fromStdString(names[pairs[i].truth]),
                          QString::fromStdString(names[pairs[i].predicted]), whole(pairs[i].times));
    }
    return words.isEmpty() ? QString()
                           : Reports::tr("Most often confused: %1.").arg(words.join(QStringLiteral(", ")));
}

std::vector<Prediction> firstTen(const TrainedNetwork& network, const Measurement& measured,
                                 const std::vector<std::string>& names)
{
    const Dataset& data = *network.setup->data;
    std::vector<Prediction> shown;
    for (std::size_t i = 0; i < std::min<std::size_t>(10, measured.predictions.size()); ++i) {
        const std::uint32_t sample = network.setup->split.test[i];
        const SamplePrediction& seen = measured.predictions[i];
        const auto nameOf = [&names](int label) {
            return QString::fromStdString(names.at(static_cast<std::size_t>(label)));
        };
        shown.push_back({sample, sampleImage(data, sample), nameOf(seen.label), nameOf(data.labels[sample]),
                         seen.label == data.labels[sample], seen.confidence});
    }
    return shown;
}

} // namespace

QString reportTitle(const TrainedNetwork& network, const std::string& data)
{
    const QString shape = QString::fromStdString(shapeOf(network.parameters->stack));
    return data.empty() ? shape : Reports::tr("%1 on %2").arg(shape, QString::fromStdString(data));
}

Report makeReport(const TrainedNetwork& network, const Measurement& measured, const QDateTime& when,
                  const ReportHead& head)
{
    const std::vector<std::string> names = classNamesOf(network);
    const QString data = QString::fromStdString(network.setup->data->name);
    const std::size_t samples = measured.predictions.size();
    Report report;
    report.title = head.title.isEmpty() ? reportTitle(network, network.setup->data->name) : head.title;
    report.author = head.author;
    report.made = Reports::tr("%1, Chainrule %2")
                      .arg(QLocale().toString(when, QLocale::LongFormat), QStringLiteral(CHAINRULE_VERSION));
    report.accuracy = percent(measured.metrics.accuracy);
    report.accuracyName =
        network.recorded ? Reports::tr("test accuracy") : Reports::tr("accuracy on %1").arg(data);
    report.measured =
        (network.recorded ? Reports::tr("%1 of %2 test samples of %3, %4")
                          : Reports::tr("%1 of %2 samples of %3, %4"))
            .arg(count(measured.correct), count(samples), data,
                 meanLossText(network.parameters->loss, numberText(measured.metrics.loss, 4, QLocale())));
    if (const std::size_t known = trainedOnAmong(network, network.setup->split.test); known > 0) {
        report.warning = Reports::tr("%1 of these samples are among those that the network was trained on.")
                             .arg(count(known));
    }
    report.drawn = drawnText(*network.setup);
    report.groups = {networkFacts(network), trainingFacts(network), dataFacts(network)};
    addHistory(network.history, report);
    report.confused = confusedText(measured, names);
    report.samplesTitle = network.recorded ? Reports::tr("The first ten test samples")
                                           : Reports::tr("The first ten measured samples");
    report.repeatNote = repeatNoteOf(network);
    report.repeatTitle =
        report.repeatNote.isEmpty() ? Reports::tr("To repeat it") : Reports::tr("How it came about");
    report.command = QString::fromStdString(commandOf(network));
    report.loss = curveFigure(curvesOf(network.history, CurveQuantity::Loss, network.settings),
                              CurveQuantity::Loss, halfWidth, curveHeight);
    report.accuracyCurve = curveFigure(curvesOf(network.history, CurveQuantity::Accuracy, network.settings),
                                       CurveQuantity::Accuracy, halfWidth, curveHeight);
    report.confusion = confusionFigure(measured.confusion, names, confusionWidth);
    report.predictions = predictionsFigure(firstTen(network, measured, names), predictionsWidth);
    return report;
}

Result<void> saveReport(const Report& report, const QString& path)
{
    const QString kind = QFileInfo(path).suffix().toLower();
    if (kind == QLatin1String("html") || kind == QLatin1String("htm"))
        return writeFile(path, reportHtml(report).toStdString());
    if (kind == QLatin1String("pdf"))
        return writeFile(path, reportPdf(report).toStdString());
    return Error{path.toStdString(), "its ending names no format that a report can be written in",
                 "Use .html or .pdf"};
}

} // namespace chainrule
