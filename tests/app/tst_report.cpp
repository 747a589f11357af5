// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/files.h"
#include "app/export/report.h"

#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "core/network/initialweights.h"

#include "tests/app/program.h"

#include <QCryptographicHash>
#include <QDir>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QXmlStreamReader>
#include <QtTest>

#include <cmath>

using namespace chainrule;
using program::Finished;

namespace {

/// What a page says, one text for each element that has some, and what it points to.
struct Read {
    QString fault;
    QStringList texts;
    QStringList references; ///< of every href and src
    int svgs = 0;
    int images = 0;
};

Read read(const QByteArray& html)
{
    Read found;
    QXmlStreamReader reader(html);
    while (!reader.atEnd()) {
        reader.readNext();
        if (reader.isCharacters() && !reader.isWhitespace())
            found.texts << reader.text().toString().trimmed();
        if (!reader.isStartElement())
            continue;
        found.svgs += reader.name() == QLatin1String("svg") ? 1 : 0;
        found.images += reader.name() == QLatin1String("image") ? 1 : 0;
        for (const QXmlStreamAttribute& attribute : reader.attributes()) {
            if (attribute.name() == QLatin1String("href") || attribute.name() == QLatin1String("src"))
                found.references << attribute.value().toString();
        }
    }
    found.fault = reader.hasError() ? reader.errorString() : QString();
    return found;
}

int pagesOf(const QByteArray& pdf)
{
    static const QRegularExpression page("/Type\\s*/Page\\b(?!s)");
    return static_cast<int>(QString::fromLatin1(pdf).count(page));
}

// A network of 26 classes that are called `name` and a number, and its test samples, one of each.
TrainedNetwork neverTrained(const LayerStack& stack, const std::string& name)
{
    TrainedNetwork network;
    auto setup = std::make_shared<RunSetup>();
    auto data = std::make_shared<Dataset>();
    data->name = "Two";
    data->width = 2;
    data->height = 1;
    data->classes = 26;
    for (int i = 0; i < 26; ++i) {
        data->classNames.push_back(name + std::to_string(i));
        data->features.insert(data->features.end(), {0.5F, static_cast<float>(i) / 26.0F});
        data->labels.push_back(static_cast<std::uint8_t>(i));
        setup->split.test.push_back(static_cast<std::uint32_t>(i));
    }
    setup->data = data;
    network.setup = setup;
    Random random = makeRandom(1);
    network.parameters = std::make_shared<const Network>(makeNetwork(stack, {WeightRule::Xavier}, random));
    network.settings = presets().front().settings;
    network.settings.layers = stack.layers;
    return network;
}

} // namespace

class TestReport : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_model;
    QJsonObject m_measured;

    QString in(const char* name) { return m_folder.filePath(QLatin1String(name)); }

private slots:
    void initTestCase()
    {
        QVERIFY(program::writeSet(in("<set> & more")));
        m_model = in("model.safetensors");
        const Finished trained = program::run({"train", "--data", in("<set> & more"), "--layers", "12,10",
                                               "--epochs", "30", "--train", "150", "--validation", "30",
                                               "--test", "100", "--seed", "7", "--json", "--save", m_model});
        QVERIFY2(trained.exit == 0, trained.err.constData());
        const Finished evaluated = program::run({"evaluate", m_model, "--json"});
        QCOMPARE(evaluated.exit, 0);
        m_measured = program::objects(evaluated.out).value(0);
        QCOMPARE(m_measured.value("samples").toInt(), 100);
    }

    void htmlSaysWhatEvaluateSays()
    {
        const Finished exported = program::run({"export", m_model, in("report.html")});
        QVERIFY2(exported.exit == 0, exported.err.constData());
        QCOMPARE(exported.out + exported.err, QByteArray());
        const QByteArray html = program::content(in("report.html"));
        const Read page = read(html);
        QVERIFY2(page.fault.isEmpty(), qPrintable(page.fault));
        const double accuracy = m_measured.value("accuracy").toDouble();
        QVERIFY(page.texts.contains(QString::number(accuracy, 'f', 2) + " %"));
        QVERIFY2(
            page.texts.join('\n').contains(
                QString("test accuracy: %1 of 100 test samples of <set> & more, mean cross-entropy %2 nats")
                    .arg(qRound(accuracy))
                    .arg(m_measured.value("loss").toDouble(), 0, 'f', 4)),
            qPrintable(page.texts.join('\n')));
        for (const char* said : {"36 → 12 → 10 on <set> & more", "12\u00a0ReLU, 10\u00a0softmax", "574",
                                 "Seed", "7", "SGD", "0.1", "30", "150", "Chainrule"})
            QVERIFY2(page.texts.join('\n').contains(QString::fromUtf8(said)), said);
        // The command repeats the run: its words are those of the model's settings.
        const QStringList command = page.texts.filter("chainrule train");
        QCOMPARE(command.size(), 1);
        QVERIFY(command.first().contains("--seed 7"));
        QVERIFY(command.first().contains("--epochs 30"));
        QVERIFY(command.first().contains("/<set> & more'")); // quoted for a shell

        // All of it is in the file: loss, accuracy, confusion matrix, and predictions with ten images.
        QCOMPARE(page.svgs, 4);
        QCOMPARE(page.images, 10);
        QCOMPARE(page.references.size(), 10);
        for (const QString& reference : page.references)
            QVERIFY(reference.startsWith("data:image/png;base64,"));
        QVERIFY(!html.contains("<script") && !html.contains("<link") && !html.contains("url("));
        QCOMPARE(page.texts.filter(QRegularExpression("^Pred: \\d$")).size(), 10);
        QCOMPARE(page.texts.filter(QRegularExpression("^True: \\d$")).size(), 10);
    }

    void confusionIsEvaluates()
    {
        QCOMPARE(program::run({"export", m_model, in("confusion.svg"), "--figure", "confusion"}).exit, 0);
        const Read picture = read(program::content(in("confusion.svg")));
        QVERIFY2(picture.fault.isEmpty(), qPrintable(picture.fault));
        QList<int> wanted;
        for (const QJsonValue& row : m_measured.value("confusion").toArray()) {
            for (const QJsonValue& cell : row.toArray())
                wanted << cell.toInt();
        }
        // Title, "predicted" and "true", then for each row its name twice and its ten counts.
        QList<int> shown;
        for (int row = 0; row < 10; ++row) {
            for (int column = 0; column < 10; ++column)
                shown << picture.texts.value(3 + 12 * row + 2 + column, "-1").toInt();
        }
        QCOMPARE(shown, wanted);
    }

    void pdfHasTwoPages()
    {
        const Finished exported = program::run({"export", m_model, in("report.pdf")});
        QVERIFY2(exported.exit == 0, exported.err.constData());
        const QByteArray pdf = program::content(in("report.pdf"));
        QVERIFY(pdf.startsWith("%PDF-"));
        QCOMPARE(pagesOf(pdf), 2);
        // A4, in points; fonts, so that its words can be searched and copied.
        static const QRegularExpression box("/MediaBox\\s*\\[\\s*0 0 ([\\d.]+) ([\\d.]+)");
        const auto found = box.match(QString::fromLatin1(pdf));
        QVERIFY(std::abs(found.captured(1).toDouble() - 595.0) < 1.5);
        QVERIFY(std::abs(found.captured(2).toDouble() - 842.0) < 1.5);
        QVERIFY(pdf.contains("/FontFile2"));
        QVERIFY(pdf.size() < 600'000);
    }

    void saysWhoseItIs()
    {
        const QStringList words{"--title", "Digits & <b>more</b>", "--author", "Ada \"L.\" <ML 101>"};
        QCOMPARE(program::run(QStringList{"export", m_model, in("own.html")} + words).exit, 0);
        const QByteArray html = program::content(in("own.html"));
        const Read page = read(html);
        QVERIFY2(page.fault.isEmpty(), qPrintable(page.fault));
        QCOMPARE(page.texts.count("Digits & <b>more</b>"), 2); // head and heading
        QVERIFY(page.texts.contains("Ada \"L.\" <ML 101>"));
        QVERIFY(html.contains("name=\"author\" content=\"Ada &quot;L.&quot; &lt;ML 101&gt;\""));
        QCOMPARE(program::run(QStringList{"export", m_model, in("own.pdf")} + words).exit, 0);
        QByteArray title;
        for (const char letter : QByteArray("Digits &"))
            title += QByteArray(1, '\0') + letter;
        QVERIFY(program::content(in("own.pdf")).contains(title));
        QCOMPARE(program::run({"export", m_model, in("own.csv"), "--author", "Ada"}).exit, 2);
    }

    // Thirty epochs: 25 of them, and it says so; of fewer every one.
    void historyHasEveryEpochUpTo25()
    {
        QCOMPARE(program::run({"export", m_model, in("rows.html")}).exit, 0);
        QByteArray html = program::content(in("rows.html"));
        QCOMPARE(html.count("<tr>"), 26);
        QVERIFY(html.contains("Of 30 epochs 25 are shown"));
        const auto trained = loadModel(m_model.toStdString());
        QVERIFY(trained);
        ModelFile model = *trained;
        auto history = historyFromJson(model.history);
        QVERIFY(history);
        history->epochs.resize(25);
        model.history = historyToJson(*history);
        QVERIFY(writeFile(in("rows.safetensors"), encodeModel(model)));
        QCOMPARE(program::run({"export", in("rows.safetensors"), in("rows.html")}).exit, 0);
        html = program::content(in("rows.html"));
        QCOMPARE(html.count("<tr>"), 26);
        QVERIFY(!html.contains("are shown, evenly"));
    }

    // Where nobody is logged in, there is no runtime folder to be had; nothing of the own one is left.
    void paintsWithoutARuntimeFolder()
    {
        QProcessEnvironment own = program::environment();
        own.remove("XDG_RUNTIME_DIR");
        QTemporaryDir temporary;
        own.insert("TMPDIR", temporary.path());
        const Finished exported = program::run({"export", m_model, in("loss.pdf"), "--figure", "loss"}, own);
        QVERIFY2(exported.exit == 0, exported.err.constData());
        QCOMPARE(exported.out + exported.err, QByteArray());
        QCOMPARE(QDir(temporary.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
                 QStringList());
    }

    // Another seed or order chooses samples that the network was trained on; another set is named as such.
    void samplesOfTheTrainingAreWarnedOf_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<bool>("warned");
        QTest::newRow("the training's own") << QStringList() << false;
        QTest::newRow("fewer of them") << QStringList{"--test", "50"} << false;
        QTest::newRow("another seed") << QStringList{"--seed", "8"} << true;
        QTest::newRow("the files' order") << QStringList{"--no-shuffle", "--test", "20"} << true;
    }

    void samplesOfTheTrainingAreWarnedOf()
    {
        QFETCH(QStringList, words);
        QFETCH(bool, warned);
        const Finished evaluated = program::run(QStringList{"evaluate", m_model} + words);
        QVERIFY2(evaluated.exit == 0, evaluated.err.constData());
        QCOMPARE(evaluated.err.contains("samples are among those that the model was trained on"), warned);
        QCOMPARE(evaluated.err.count('\n'), warned ? 1 : 0);
        const Finished exported = program::run(QStringList{"export", m_model, in("warned.html")} + words);
        QVERIFY2(exported.exit == 0, exported.err.constData());
        const Read page = read(program::content(in("warned.html")));
        const QString said = page.texts.join('\n');
        QCOMPARE(said.contains("are among those that the network was trained on"), warned);
        QCOMPARE(page.texts.contains("Order when trained"), warned);
        QVERIFY(!page.texts.contains("Trained on"));
        // Both count the same, of samples that the two splits themselves say.
        if (warned) {
            const QByteArray counted = evaluated.err.split(' ').value(1);
            QVERIFY(counted.toInt() > 0);
            QVERIFY(said.contains(QString::fromLatin1(counted) + " of these samples"));
        }
    }

    void anotherSetIsNamed()
    {
        QVERIFY(program::writeSet(in("other")));
        const Finished exported = program::run({"export", m_model, in("other.html"), "--data", in("other")});
        QVERIFY2(exported.exit == 0, exported.err.constData());
        const Read page = read(program::content(in("other.html")));
        const qsizetype measured = page.texts.indexOf("Measured on");
        const qsizetype trained = page.texts.indexOf("Trained on");
        QVERIFY(measured >= 0 && trained >= 0);
        QCOMPARE(page.texts.value(measured + 1), QString("other"));
        QVERIFY(page.texts.value(trained + 1).endsWith("/<set> & more"));
        QVERIFY(!page.texts.join('\n').contains("are among those"));
    }

    // In the files' order no sample is drawn.
    void samplesInOrderAreNotDrawn()
    {
        const Finished exported =
            program::run({"export", m_model, in("order.html"), "--no-shuffle", "--test", "20"});
        QVERIFY2(exported.exit == 0, exported.err.constData());
        QVERIFY(!read(program::content(in("order.html"))).texts.join('\n').contains("were drawn by seed"));
    }

    void otherSamplesAreSaid()
    {
        QCOMPARE(program::run({"export", m_model, in("fifty.html"), "--test", "50"}).exit, 0);
        const Read page = read(program::content(in("fifty.html")));
        QVERIFY(page.texts.join('\n').contains("of 50 test samples"));
    }

    // Networks that no page was made for: very deep, never trained here.
    void longReportsGoOn()
    {
        LayerStack stack{2, std::vector<Layer>(63, {5, Activation::Sigmoid})};
        stack.layers.push_back({26, Activation::Softmax});
        const TrainedNetwork network = neverTrained(stack, "a rather long name ");
        const auto measured = measure(network);
        QVERIFY(measured);
        const Report report = makeReport(network, *measured, QDateTime::currentDateTime());
        QVERIFY(report.history.empty());
        const Read page = read(reportHtml(report));
        QVERIFY2(page.fault.isEmpty(), qPrintable(page.fault));
        QVERIFY(page.texts.contains("No values were recorded"));
        QVERIFY(pagesOf(reportPdf(report)) >= 2);
    }

    // As many classes as there are letters, on two pages: where the second is full the first has room, or
    // else the matrix is a little smaller.
    void manyClassesHaveTwoPages_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("epochs");
        for (const char* name : {"", "a rather long name "}) {
            for (const int epochs : {0, 3, 8, 12, 20, 25, 200})
                QTest::addRow("'%s' after %d", name, epochs) << QString(name) << epochs;
        }
    }
    void manyClassesHaveTwoPages()
    {
        QFETCH(QString, name);
        QFETCH(int, epochs);
        const LayerStack stack{2, {{20, Activation::Relu}, {26, Activation::Softmax}}};
        TrainedNetwork network = neverTrained(stack, name.toStdString());
        network.settings.data = "/home/somebody/pictures of letters";
        network.settings.epochs = epochs;
        for (int epoch = 1; epoch <= epochs; ++epoch)
            network.history.epochs.push_back({epoch, 1.0 / epoch, 50.0, Metrics{1.0, 40.0}, 0.1, 1.0});
        const auto measured = measure(network);
        QVERIFY(measured);
        const Report report = makeReport(network, *measured, QDateTime::currentDateTime());
        QVERIFY(!report.command.isEmpty());
        const QByteArray pdf = reportPdf(report);
        QCOMPARE(pagesOf(pdf), 2);
    }

    // Curves need no data; without a history there are none.
    void curvesAreTheHistorys()
    {
        const auto trained = loadModel(m_model.toStdString());
        QVERIFY(trained);
        ModelFile model = *trained;
        auto settings = settingsFromJson(model.settings);
        QVERIFY(settings);
        settings->data = in("gone").toStdString();
        model.settings = settingsToJson(*settings);
        QVERIFY(writeFile(in("gone.safetensors"), encodeModel(model)));
        model.history.clear();
        QVERIFY(writeFile(in("bare.safetensors"), encodeModel(model)));
        for (const char* name : {"loss", "accuracy"}) {
            const Finished drawn =
                program::run({"export", in("gone.safetensors"), in("curve.svg"), "--figure", name});
            QVERIFY2(drawn.exit == 0, drawn.err.constData());
            QVERIFY(program::content(in("curve.svg")).contains("<polyline"));
            const Finished refused =
                program::run({"export", in("bare.safetensors"), in("none.svg"), "--figure", name});
            QCOMPARE(refused.exit, 1);
            QVERIFY2(refused.err.contains("the model has no history"), refused.err.constData());
            QVERIFY(!QFile::exists(in("none.svg")));
        }
    }

    // What the run was, where no command repeats it, and in every kind of file.
    void runsThatNoCommandRepeats_data()
    {
        QTest::addColumn<int>("epochs");
        QTest::addColumn<bool>("changed");
        QTest::addColumn<bool>("recorded");
        QTest::newRow("the whole run") << 30 << false << true;
        QTest::newRow("another learning rate") << 30 << true << true;
        QTest::newRow("stopped") << 6 << false << true;
        QTest::newRow("both") << 7 << true << true;
        QTest::newRow("nothing recorded") << 0 << false << false;
    }

    void runsThatNoCommandRepeats()
    {
        QFETCH(int, epochs);
        QFETCH(bool, changed);
        QFETCH(bool, recorded);
        const auto trained = loadModel(m_model.toStdString());
        QVERIFY(trained);
        ModelFile model = *trained;
        auto history = historyFromJson(model.history);
        QVERIFY(history);
        QCOMPARE(history->epochs.size(), std::size_t{30});
        history->epochs.resize(static_cast<std::size_t>(epochs));
        for (std::size_t i = 5; changed && i < history->epochs.size(); ++i)
            history->epochs[i].learningRate = 0.005;
        model.history = recorded ? historyToJson(*history) : std::string();
        if (!recorded)
            model.settings.clear();
        QVERIFY(writeFile(in("run.safetensors"), encodeModel(model)));
        const QStringList data{"--data", in("<set> & more"), "--train", "150",    "--validation",
                               "30",     "--test",           "100",     "--seed", "7"};
        const QStringList words = recorded ? QStringList() : data;
        const bool repeats = recorded && epochs == 30 && !changed;
        const auto exported = [&](const QStringList& what) {
            const Finished done = program::run(QStringList{"export", in("run.safetensors")} + what + words);
            return done.exit == 0;
        };

        QVERIFY(exported({in("run.html")}));
        QVERIFY(exported({in("run.pdf")}));
        QCOMPARE(pagesOf(program::content(in("run.pdf"))), 2);
        const Read page = read(program::content(in("run.html")));
        QVERIFY2(page.fault.isEmpty(), qPrintable(page.fault));
        const QString said = page.texts.join('\n');
        QCOMPARE(said.contains("To repeat it"), repeats);
        QCOMPARE(said.contains("No single command repeats these weights"), recorded && !repeats);
        QCOMPARE(page.texts.contains("0.1, from epoch 6: 0.005"), changed);
        QCOMPARE(page.texts.contains("0.1"), recorded && !changed);
        const QString stopped = QString("stopped after epoch %1 of 30").arg(epochs);
        QCOMPARE(page.texts.contains(stopped), recorded && epochs < 30);
        QCOMPARE(said.contains("chainrule train"), recorded);
        QVERIFY(said.contains("These samples were drawn by seed 7 from all of <set> & more"));
        for (const char* fact : {"Optimizer", "Learning rate", "Batch size", "Epochs", "Seed", "Engine",
                                 "Training samples", "Validation samples", "Test samples"})
            QVERIFY2(page.texts.contains(fact) == recorded, fact);
        QCOMPARE(said.contains("test accuracy"), recorded);
        QCOMPARE(said.contains("test samples"), recorded);
        QCOMPARE(said.contains("accuracy on <set> & more: "), !recorded);
        QCOMPARE(page.texts.contains("not recorded"), !recorded);

        QVERIFY(exported({in("run.py"), "--numpy"}));
        const QByteArray script = program::content(in("run.py"));
        QCOMPARE(script.contains("chainrule train"), recorded);
        QCOMPARE(script.contains("no single command repeats them"), recorded && !repeats);
        QCOMPARE(script.contains("from epoch 6 with learning rate 0.005"), changed);
        QCOMPARE(script.contains(stopped.toUtf8()), recorded && epochs < 30);
        QCOMPARE(script.contains("are those of: a model whose training is not recorded"), !recorded);

        QVERIFY(exported({in("run.onnx")}));
        const QByteArray onnx = program::content(in("run.onnx"));
        QCOMPARE(onnx.contains("command") && !onnx.contains("no single command"), repeats);
        QCOMPARE(onnx.contains("no single command repeats them"), recorded && !repeats);
        QCOMPARE(onnx.contains("settings"), recorded);
        QVERIFY(exported({in("run.npz")}));
        QCOMPARE(program::content(in("run.npz")).contains("settings.npy"), recorded);
    }

    // A run that began from another model: its file is named, and looked at before the command is promised.
    void initialFilesAreNamed()
    {
        const QString first = in("it's first.safetensors");
        const QString second = in("second.safetensors");
        QVERIFY(QFile::copy(m_model, first));
        QCryptographicHash hash(QCryptographicHash::Sha256);
        hash.addData(program::content(first));
        const QStringList train{"train",   "--data", in("<set> & more"), "--epochs", "2",
                                "--train", "150",    "--validation",     "30",       "--test",
                                "100",     "--json"};
        // From a path that is not absolute.
        const QString relative = QDir().relativeFilePath(first);
        const Finished trained = program::run(train + QStringList{"--init", relative, "--save", second});
        QVERIFY2(trained.exit == 0, trained.err.constData());
        const auto kept = loadModel(second.toStdString());
        QVERIFY(kept && kept->initial);
        QCOMPARE(QFileInfo(QString::fromStdString(kept->initial->file)).canonicalFilePath(),
                 QFileInfo(first).canonicalFilePath());
        QVERIFY(QFileInfo(QString::fromStdString(kept->initial->file)).isAbsolute());
        QCOMPARE(QByteArray::fromStdString(kept->initial->sha256), hash.result().toHex());

        const auto told = [&](bool repeats, const char* why) {
            for (const char* name : {"init.html", "init.py", "init.onnx"}) {
                const QStringList words{"export", second, in(name)};
                const Finished exported =
                    program::run(QByteArray(name).endsWith(".py") ? words + QStringList{"--torch"} : words);
                QVERIFY2(exported.exit == 0, exported.err.constData());
            }
            const Read page = read(program::content(in("init.html")));
            QVERIFY2(page.fault.isEmpty(), qPrintable(page.fault));
            const QString said = page.texts.join('\n');
            QVERIFY(said.contains("Began from"));
            QVERIFY(said.contains("it's first.safetensors, SHA-256 " +
                                  QString::fromLatin1(hash.result().toHex().left(16))));
            const QStringList command = page.texts.filter("chainrule train");
            QVERIFY(!command.isEmpty());
            QVERIFY2(command.last().contains("--init '"), qPrintable(command.last()));
            QVERIFY2(command.last().contains("first.safetensors'"), qPrintable(command.last()));
            QVERIFY(!command.last().contains("--layers"));
            QCOMPARE(said.contains("To repeat it"), repeats);
            QCOMPARE(said.contains("the command does not repeat it"), !repeats);
            QVERIFY2(said.contains(why), qPrintable(said));
            const QByteArray script = program::content(in("init.py"));
            QVERIFY(script.contains("--init '"));
            QCOMPARE(script.contains("no single command repeats them"), !repeats);
            QCOMPARE(program::content(in("init.onnx")).contains("no single command repeats them"), !repeats);
        };
        told(true, "");
        // And it does.
        QVERIFY(writeFile(in("again.safetensors"), "x"));
        QCOMPARE(program::run(train + QStringList{"--init", first, "--save", in("again.safetensors")}).exit,
                 0);
        QVERIFY(loadModel(in("again.safetensors").toStdString())->network.parameters ==
                kept->network.parameters);

        ModelFile other = *loadModel(first.toStdString());
        other.network.parameters[0] += 1.0;
        QVERIFY(writeFile(first, encodeModel(other)));
        told(false, "first.safetensors, which has been changed since");
        QVERIFY(QFile::remove(first));
        told(false, "first.safetensors, which is no longer there");

        ModelFile nowhere = *kept; // from a window's weights that were never saved
        nowhere.initial = InitialFile{};
        QVERIFY(writeFile(second, encodeModel(nowhere)));
        QCOMPARE(program::run({"export", second, in("init.html")}).exit, 0);
        const QString said = read(program::content(in("init.html"))).texts.join('\n');
        QVERIFY2(said.contains("no command repeats it") && !said.contains("To repeat it"), qPrintable(said));
    }

    // Every line of the page's words ends on it.
    void longNamesStayOnThePage()
    {
        if (QStandardPaths::findExecutable("pdftotext").isEmpty())
            QSKIP("pdftotext is not installed");
        TrainedNetwork network;
        auto setup = std::make_shared<RunSetup>();
        auto data = std::make_shared<Dataset>();
        data->name = "Two";
        data->width = 2;
        data->height = 1;
        data->classes = 4;
        for (int i = 0; i < 40; ++i) {
            data->features.insert(data->features.end(), {0.5F, static_cast<float>(i) / 40.0F});
            data->labels.push_back(static_cast<std::uint8_t>(i % 4));
            setup->split.test.push_back(static_cast<std::uint32_t>(i));
        }
        for (int i = 0; i < 4; ++i)
            data->classNames.push_back("an exceedingly long name of a class " + std::to_string(i) + " end");
        setup->data = data;
        network.setup = setup;
        const LayerStack stack{2, {{4, Activation::Softmax}}};
        Random random = makeRandom(1);
        network.parameters =
            std::make_shared<const Network>(makeNetwork(stack, {WeightRule::Xavier}, random));
        network.settings.layers = stack.layers;
        const auto measured = measure(network);
        QVERIFY(measured);
        const Report report = makeReport(network, *measured, QDateTime::currentDateTime());
        QVERIFY(report.confused.size() > 150);
        QFile file(in("long.pdf"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(reportPdf(report));
        file.close();
        QProcess text;
        text.start("pdftotext", {"-bbox", in("long.pdf"), "-"});
        QVERIFY(text.waitForFinished());
        static const QRegularExpression place("xMax=\"([\\d.]+)\"");
        auto words = place.globalMatch(QString::fromUtf8(text.readAllStandardOutput()));
        int count = 0;
        while (words.hasNext()) {
            const double right = words.next().captured(1).toDouble();
            QVERIFY2(right < 595.0 - 40.0, qPrintable(QString::number(right)));
            ++count;
        }
        QVERIFY(count > 100);
        // A name that is cut says so.
        const Read page = read(report.confusion.svg());
        QVERIFY2(page.texts.contains(QString::fromUtf8("an exceedin…")), qPrintable(page.texts.join('|')));
    }

    void wrongWordsAndPlaces()
    {
        for (const QStringList& words : {QStringList{"report.txt"},
                                         {"report"},
                                         {"net.py"},
                                         {"net.py", "--torch", "--numpy"},
                                         {"net.npz", "--torch"},
                                         {"loss.gif", "--figure", "loss"},
                                         {"loss.svg", "--figure", "joy"},
                                         {"net.npz", "--test", "many"}}) {
            QStringList all{"export", m_model};
            all << m_folder.filePath(words.first()) << words.mid(1);
            const Finished finished = program::run(all);
            QVERIFY2(finished.exit == 2, qPrintable(words.join(' ')));
            QVERIFY(finished.err.startsWith("chainrule: "));
            QVERIFY(!QFile::exists(m_folder.filePath(words.first())));
        }
        QCOMPARE(program::run({"export", m_model}).exit, 2);
        QCOMPARE(program::run({"export", m_model, in("no/such/folder.npz")}).exit, 1);
        QCOMPARE(program::run({"export", in("none.safetensors"), in("net.npz")}).exit, 1);
        QCOMPARE(program::run({"export", m_model, in("report.html"), "--data", in("nowhere")}).exit, 1);
        QVERIFY(!QFile::exists(in("net.npz")));
    }
};

QTEST_MAIN(TestReport)
#include "tst_report.moc"
