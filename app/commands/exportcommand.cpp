// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/files.h"
#include "app/commands/cli.h"
#include "app/commands/cliarguments.h"
#include "app/commands/openmodel.h"
#include "app/export/figurefile.h"
#include "app/export/report.h"
#include "app/export/weightsexport.h"

#include "core/base/text.h"
#include "core/formats/historyjson.h"

#include <QFileInfo>

#include <algorithm>

namespace chainrule {

namespace {

enum class Kind { Npz, Onnx, Script, History, Report, Figure };

constexpr const char* figureNames[] = {"loss", "accuracy", "confusion", "predictions"};

const char* const kinds = "Use .npz, .onnx, .py, .csv, .html or .pdf, or --figure with .svg, .png or .pdf";

Result<Kind> kindOf(const QCommandLineParser& parser, const QString& path)
{
    const QString suffix = QFileInfo(path).suffix().toLower();
    if (parser.isSet(QStringLiteral("figure"))) {
        const QString figure = parser.value(QStringLiteral("figure"));
        if (std::ranges::none_of(figureNames,
                                 [&](const char* name) { return figure == QLatin1String(name); })) {
            return Error{"--figure " + inQuotes(figure.toStdString()), "there is no such figure",
                         "Use loss, accuracy, confusion or predictions"};
        }
        if (suffix == QLatin1String("svg") || suffix == QLatin1String("png") ||
            suffix == QLatin1String("pdf"))
            return Kind::Figure;
        return Error{path.toStdString(), "its ending names no format that a figure can be written in",
                     "Use .svg, .pdf or .png"};
    }
    if (suffix == QLatin1String("py")) {
        if (parser.isSet(QStringLiteral("torch")) != parser.isSet(QStringLiteral("numpy")))
            return Kind::Script;
        return Error{path.toStdString(), "a script is for PyTorch or for NumPy",
                     "Say which, with --torch or --numpy"};
    }
    if (parser.isSet(QStringLiteral("torch")) || parser.isSet(QStringLiteral("numpy")))
        return Error{path.toStdString(), "--torch and --numpy are for scripts",
                     "Give the name of a .py file"};
    if (suffix == QLatin1String("npz"))
        return Kind::Npz;
    if (suffix == QLatin1String("onnx"))
        return Kind::Onnx;
    if (suffix == QLatin1String("csv"))
        return Kind::History;
    if (suffix == QLatin1String("html") || suffix == QLatin1String("htm") || suffix == QLatin1String("pdf"))
        return Kind::Report;
    return Error{path.toStdString(), "its ending names no format that a model can be exported to", kinds};
}

// Whether a file of this kind tells of the training's history alone, for which no samples are needed.
bool tellsOfHistory(const QCommandLineParser& parser, Kind kind)
{
    const QString figure = parser.value(QStringLiteral("figure"));
    return kind == Kind::History ||
           (kind == Kind::Figure && (figure == QLatin1String("loss") || figure == QLatin1String("accuracy")));
}

Figure historyFigure(const QString& name, const TrainedNetwork& network)
{
    constexpr double width = 160.0; // millimetres: a page's width without its margins
    constexpr double height = 100.0;
    const CurveQuantity kind = name == QLatin1String("loss") ? CurveQuantity::Loss : CurveQuantity::Accuracy;
    return curveFigure(curvesOf(network.history, kind, network.settings), kind, width, height);
}

Result<void> writeExport(const QCommandLineParser& parser, const TrainedNetwork& network, Kind kind,
                         const QString& path)
{
    const QString figure = parser.value(QStringLiteral("figure"));
    if (tellsOfHistory(parser, kind)) {
        if (network.history.epochs.empty())
            return Error{path.toStdString(), "the model has no history", "Choose one that Chainrule trained"};
        return kind == Kind::History ? writeFile(path, historyToCsv(network.history))
                                     : saveFigure(historyFigure(figure, network), path);
    }
    switch (kind) {
    case Kind::Npz:
        return writeFile(path, npzOf(network));
    case Kind::Onnx:
        return writeFile(path, onnxOf(network));
    case Kind::History:
    case Kind::Script:
    case Kind::Report:
    case Kind::Figure:
        break;
    }
    const auto measured = measure(network, {}, kind == Kind::Script ? WithConfusion::No : WithConfusion::Yes);
    if (!measured)
        return measured.error();
    if (kind == Kind::Script) {
        return writeScript(network, *measured,
                           parser.isSet(QStringLiteral("numpy")) ? ScriptKind::NumPy : ScriptKind::PyTorch,
                           path);
    }
    const ReportHead head{parser.value(QStringLiteral("title")).simplified(),
                          parser.value(QStringLiteral("author")).simplified()};
    const Report report = makeReport(network, *measured, QDateTime::currentDateTime(), head);
    if (kind == Kind::Report)
        return saveReport(report, path);
    return saveFigure(figure == QLatin1String("confusion") ? report.confusion : report.predictions, path);
}

} // namespace

int exportCommand(const QStringList& arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(CommandLine::tr(
        "Writes a saved model for other programs, or a report of its run. The file's ending says what:\n"
        "  .npz          weights for NumPy\n"
        "  .onnx         the network for ONNX Runtime and its kin\n"
        "  .py           a script that measures it, with --torch or --numpy; its weights go beside it\n"
        "  .csv          the history of its training\n"
        "  .html, .pdf   a report: settings, curves, confusion matrix, predictions\n"
        "  .svg, .pdf, .png with --figure: one picture, at print size"));
    parser.addPositionalArgument(QStringLiteral("MODEL"), CommandLine::tr("A saved model."));
    parser.addPositionalArgument(QStringLiteral("FILE"), CommandLine::tr("What to write."));
    parser.addOption({QStringLiteral("torch"), CommandLine::tr("A script for PyTorch.")});
    parser.addOption(
        {QStringLiteral("numpy"),
         CommandLine::tr("A script for NumPy, of dictionaries and functions as in the assignment.")});
    parser.addOption({QStringLiteral("figure"), CommandLine::tr("loss, accuracy, confusion or predictions."),
                      QStringLiteral("NAME")});
    parser.addOption(
        {QStringLiteral("title"), CommandLine::tr("The title of a report."), QStringLiteral("TEXT")});
    parser.addOption({QStringLiteral("author"), CommandLine::tr("Whose report it is, and for which course."),
                      QStringLiteral("TEXT")});
    addDataOptions(parser);
    int status = exitDone;
    if (!parseWords(parser, QStringLiteral("export"), arguments, status))
        return status;
    if (parser.positionalArguments().size() != 2)
        return failUsage(
            {"export", "it takes a model file and the file to write", "See chainrule export --help"});
    const QString path = parser.positionalArguments().at(1);
    const auto kind = kindOf(parser, path);
    if (!kind)
        return failUsage(kind.error());
    for (const char* word : {"title", "author"}) {
        if (*kind != Kind::Report && parser.isSet(QLatin1String(word))) {
            return failUsage({"--" + std::string(word), "only a report has one",
                              "Leave it out, or give the name of an .html or .pdf file"});
        }
    }
    if (const auto words = checkDataWords(parser); !words)
        return failUsage(words.error());
    if (const auto writable = checkWritable(path); !writable)
        return failWork(writable.error());

    // What measures nothing needs the data for the names of the classes only.
    const bool measures = *kind == Kind::Script || *kind == Kind::Report || *kind == Kind::Figure;
    const DataNeed need = tellsOfHistory(parser, *kind)                      ? DataNeed::None
                          : measures || parser.isSet(QStringLiteral("data")) ? DataNeed::Required
                                                                             : DataNeed::Welcome;
    const auto model = openModel(parser, parser.positionalArguments().at(0), need);
    if (!model)
        return failWork(model.error());
    if (const auto written = writeExport(parser, *model, *kind, path); !written)
        return failWork(written.error());
    return exitDone;
}

} // namespace chainrule
