// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/historyjson.h"
#include "core/formats/modelfile.h"
#include "core/formats/sessionfile.h"
#include "core/formats/settingsjson.h"
#include "tests/core/idxbytes.h"

#include <QtTest>

#include <random>
#include <sstream>

using namespace chainrule;

namespace {

Session example()
{
    Session session;
    session.file = "/home/someone/digits ü.safetensors";
    session.modified = true;
    session.settings = presets().front().settings;
    session.settings.learningRate = 0.3;
    session.trained = presets().front().settings;
    session.trained.layers = {{4, Activation::Tanh}, {3, Activation::Softmax}};
    session.scale = {{0.1, 0.3}, {-5.0, 0.0}, {1e-300, 1e300}, {1.0 / 3.0, 2.0 / 3.0}, {0.0, 1.0}};
    session.initial = InitialFile{"/home/first.safetensors", std::string(64, '7')};
    session.recorded = false;
    Network parameters;
    parameters.stack = {5, session.trained.layers};
    for (std::int64_t i = 0; i < parameterCount(parameters.stack); ++i)
        parameters.parameters.push_back(
            static_cast<double>(static_cast<float>(0.1 * static_cast<double>(i) - 1.0)));
    session.parameters = std::make_shared<const Network>(parameters);
    EpochRecord epoch;
    epoch.epoch = 1;
    epoch.trainLoss = 0.7;
    epoch.validation = Metrics{0.5, 80.0};
    session.history.epochs = {epoch, epoch};
    session.history.epochs[1].epoch = 2;
    session.history.test = Metrics{0.4, 91.25};
    Run run{session.trained, session.history, nullptr, 1.5,
            InitialFile{"/home/someone/old.safetensors", std::string(64, 'a')}};
    parameters.parameters[0] = 0.5;
    parameters.outputNames = {"a", "b", "c"};
    run.network = std::make_shared<const Network>(parameters);
    session.runs = {std::make_shared<const Run>(run), std::make_shared<const Run>(Run{session.settings, {}})};
    session.drawing.strokes = {{{0.25, 0.5}, {0.75, 0.5}}};
    session.drawing.pens = {0.09};
    session.expression = "p = a*b\nq = p^2";
    session.variables = {{"a", 1.5}, {"b", -2.0}};
    session.fileStamp = "12 34 56";
    session.fileHolds = FileHolds::Ancestors;
    session.epoch = 2.25;
    session.unfinished = true;
    session.startValidation = Metrics{2.3, 11.0};
    session.points = {{0.5, 1.5, 40.0, 100}, {1.0, 0.75, 60.0, 100}};
    session.graphPage = "anything";
    return session;
}

// As the first version wrote it: no length of the window's own model, nothing about models of runs. Here ' is
// for " and ` for \", as moc does not get over the raw text.
std::string firstHeader()
{
    return QByteArray("{'file':'/home/someone/old.safetensors','modified':true,"
                      "'settings':'{`data`:`digits`,`layers`:`4:tanh,10`,`epochs`:7}',"
                      "'runs':[{'settings':'{`layers`:`4:tanh,3`,`epochs`:6}',"
                      "'history':'{`epochs`:[{`epoch`:1,`train_loss`:0.5}]}'}],"
                      "'expression':'p = a*b','variables':{'a':1.5}}")
        .replace('\'', "\"")
        .replace('`', "\\\"")
        .toStdString();
}

/// The parts of a file, to be written otherwise than this version writes them, and yet with the right
/// checksum.
struct Parts {
    int version = 1;
    std::string header;
    std::string models;
};

std::string written(const Parts& parts)
{
    const std::string content = parts.header + parts.models;
    const auto sum = idxbytes::crc32(QByteArray::fromStdString(content));
    return "chainrule-session/" + std::to_string(parts.version) + '\n' + std::to_string(parts.header.size()) +
           ' ' + std::to_string(parts.models.size()) + ' ' + std::to_string(sum) + '\n' + content;
}

Parts partsOf(const Session& session)
{
    const std::string bytes = encodeSession(session);
    std::size_t header = 0;
    std::istringstream lines(bytes.substr(bytes.find('\n') + 1));
    lines >> header;
    const std::size_t begin = bytes.find('\n', bytes.find('\n') + 1) + 1;
    return {static_cast<int>(*sessionVersion(bytes)), bytes.substr(begin, header),
            bytes.substr(begin + header)};
}

std::string replaced(const std::string& text, const std::string& before, const std::string& after)
{
    const std::size_t at = text.find(before);
    if (at == std::string::npos || text.find(before, at + 1) != std::string::npos)
        qFatal("not once in the text: %s", before.c_str());
    return text.substr(0, at) + after + text.substr(at + before.size());
}

} // namespace

class TestSessionFile : public QObject {
    Q_OBJECT

private slots:
    void comesBackAsItWas()
    {
        const Session before = example();
        const std::string bytes = encodeSession(before);
        const auto after = decodeSession(bytes, "kept");
        QVERIFY2(after, after ? "" : after.error().message().c_str());
        QCOMPARE(after->file, before.file);
        QCOMPARE(after->modified, true);
        QVERIFY(after->settings == before.settings);
        QVERIFY(after->trained == before.trained);
        QVERIFY(after->parameters && after->parameters->parameters == before.parameters->parameters);
        QCOMPARE(after->history.epochs.size(), std::size_t{2});
        QCOMPARE(after->history.test->accuracy, 91.25);
        QCOMPARE(after->runs.size(), std::size_t{2});
        QVERIFY(after->runs[0]->settings == before.trained);
        QCOMPARE(after->runs[0]->history.epochs[1].epoch, 2);
        QVERIFY(after->runs[1]->history.epochs.empty());
        QVERIFY(after->drawing == before.drawing);
        QCOMPARE(after->expression, before.expression);
        QVERIFY(after->variables == before.variables);
        QVERIFY(after->scale == before.scale);
        QVERIFY(after->initial == before.initial);
        QVERIFY(!after->recorded);
        const Run& run = *after->runs[0];
        QVERIFY(run.network && run.network->parameters == before.runs[0]->network->parameters);
        QVERIFY(run.network->parameters != after->parameters->parameters);
        QVERIFY(run.network->outputNames == before.runs[0]->network->outputNames);
        QCOMPARE(run.epoch, 1.5);
        QCOMPARE(run.parent->file, before.runs[0]->parent->file);
        QVERIFY(!after->runs[1]->network);
        QCOMPARE(after->fileStamp, before.fileStamp);
        QVERIFY(after->fileHolds == before.fileHolds);
        QCOMPARE(after->epoch, 2.25);
        QVERIFY(after->unfinished);
        QVERIFY(after->startValidation && after->startValidation->loss == 2.3);
        QCOMPARE(after->points.size(), std::size_t{2});
        QCOMPARE(after->points[1].loss, 0.75);
        QCOMPARE(after->points[1].samples, std::size_t{100});
        QCOMPARE(after->graphPage, before.graphPage);
        QVERIFY(encodeSession(*after) == bytes);
    }

    // As the first version wrote it, which kept no weights of runs and did not tell the length of the
    // window's own: whatever follows the header is that.
    void theFirstFormatIsRead()
    {
        const Session before = example();
        const Parts parts{
            1, firstHeader(),
            encodeModel({*before.parameters, settingsToJson(before.trained), historyToJson(before.history)})};
        const auto after = decodeSession(written(parts), "kept");
        QVERIFY2(after, after ? "" : after.error().message().c_str());
        QVERIFY(after->parameters && after->parameters->parameters == before.parameters->parameters);
        QVERIFY(after->trained == before.trained);
        QCOMPARE(after->history.epochs.size(), std::size_t{2});
        QCOMPARE(after->file, std::string("/home/someone/old.safetensors"));
        QVERIFY(after->modified);
        QCOMPARE(after->settings.epochs, 7);
        QCOMPARE(after->runs.size(), std::size_t{1});
        QCOMPARE(after->runs[0]->settings.epochs, 6);
        QCOMPARE(after->runs[0]->history.epochs.at(0).trainLoss, 0.5);
        QVERIFY(!after->runs[0]->network);
        QCOMPARE(after->expression, std::string("p = a*b"));
        QCOMPARE(after->variables.at("a"), 1.5);
    }

    // A version before it can read what has no weights of runs.
    void theVersionIsTheOldestThatCanReadIt()
    {
        Session session = example();
        QCOMPARE(sessionVersion(encodeSession(session)), std::optional<std::uint64_t>(2));
        session.runs.clear();
        QCOMPARE(sessionVersion(encodeSession(session)), std::optional<std::uint64_t>(1));
    }

    // Where a run has come to is counted in samples later on, which must be possible.
    void placesThatNoRunComesToAreNotTold_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("read"); // of a run of 20 epochs
        QTest::newRow("between") << QStringLiteral("2.5") << 2.5;
        QTest::newRow("at the end") << QStringLiteral("20") << 20.0;
        QTest::newRow("beyond") << QStringLiteral("20.001") << 0.0;
        QTest::newRow("huge") << QStringLiteral("1e300") << 0.0;
        QTest::newRow("negative") << QStringLiteral("-1") << 0.0;
        QTest::newRow("huge and negative") << QStringLiteral("-1e300") << 0.0;
        QTest::newRow("no number") << QStringLiteral("null") << 0.0;
    }
    void placesThatNoRunComesToAreNotTold()
    {
        QFETCH(QString, text);
        QFETCH(double, read);
        Session session = example();
        session.trained.epochs = 20;
        Run run = *session.runs[0];
        run.settings.epochs = 20;
        session.runs = {std::make_shared<const Run>(run)};
        Parts parts = partsOf(session);
        const std::string number = "\"epoch\":" + text.toStdString();
        parts.header = replaced(parts.header, "\"epoch\":2.25", number);
        parts.header = replaced(parts.header, "\"epoch\":1.5", number);
        const auto after = decodeSession(written(parts), "kept");
        QVERIFY2(after, after ? "" : after.error().message().c_str());
        QCOMPARE(after->epoch, read);
        QCOMPARE(after->runs.at(0)->epoch, read);
        QVERIFY(after->parameters && after->runs[0]->network); // nothing else is lost for it
    }

    // A network that cannot be read takes nothing with it but what is about it alone.
    void theRestComesBackWithoutTheNetwork_data()
    {
        QTest::addColumn<std::string>("before");
        QTest::addColumn<std::string>("after");
        QTest::newRow("of a newer version") << std::string("chainrule/1") << std::string("chainrule/9");
        QTest::newRow("damaged weights") << std::string("layers.0.weight") << std::string("layers.9.weight");
        QTest::newRow("damaged settings")
            << std::string("learning_rate\\\":0") << std::string("learning_rate\\\":x");
    }
    void theRestComesBackWithoutTheNetwork()
    {
        QFETCH(std::string, before);
        QFETCH(std::string, after);
        const Session session = example();
        Parts parts = partsOf(session);
        const std::size_t at = parts.models.find(before); // the window's own is the first
        QVERIFY2(at != std::string::npos, parts.models.substr(0, 1200).c_str());
        parts.models.replace(at, before.size(), after);
        const auto read = decodeSession(written(parts), "kept");
        QVERIFY2(read, read ? "" : read.error().message().c_str());
        QVERIFY(!read->parameters);
        QVERIFY(!read->networkFault.empty());
        QCOMPARE(read->runs.size(), std::size_t{2});
        QVERIFY(read->runs[0]->network &&
                read->runs[0]->network->parameters == session.runs[0]->network->parameters);
        QVERIFY(read->drawing == session.drawing);
        QCOMPARE(read->expression, session.expression);
        QVERIFY(read->variables == session.variables);
        QVERIFY(read->settings == session.settings);
        QVERIFY(read->file.empty() && read->fileStamp.empty() && read->modified);
        QVERIFY(read->points.empty() && !read->startValidation && !read->unfinished);
        QCOMPARE(read->epoch, 0.0);
        QVERIFY(read->history.epochs.empty() && read->classNames.empty() && read->scale.empty());
        const auto again = decodeSession(encodeSession(*read), "kept");
        QVERIFY(again && again->networkFault.empty()); // it is known to have none
    }

    // Nor are the weights of a run left out without a word.
    void theNetworkOfARunIsMissed()
    {
        Session session = example();
        Parts parts = partsOf(session);
        const std::size_t at = parts.models.rfind("chainrule/1"); // the run's is the last
        QVERIFY(at != std::string::npos && at != parts.models.find("chainrule/1"));
        parts.models.replace(at, 11, "chainrule/9");
        const auto read = decodeSession(written(parts), "kept");
        QVERIFY2(read, read ? "" : read.error().message().c_str());
        QVERIFY(!read->networkFault.empty());
        QCOMPARE(read->file, session.file);
        QVERIFY(read->parameters && read->parameters->parameters == session.parameters->parameters);
        QCOMPARE(read->runs.size(), std::size_t{2});
        QVERIFY(!read->runs[0]->network && !read->runs[0]->history.epochs.empty());
    }

    void anEmptyOneComesBackToo()
    {
        const auto after = decodeSession(encodeSession({}), "kept");
        QVERIFY2(after, after ? "" : after.error().message().c_str());
        QVERIFY(!after->parameters && after->runs.empty() && after->drawing.strokes.empty());
    }

    // As many epochs as a run may have: the rest of the window must not be lost for them.
    void veryLongRunsAreThinned()
    {
        Session before = example();
        History history;
        history.epochs.resize(1'000'000);
        for (std::size_t i = 0; i < history.epochs.size(); ++i)
            history.epochs[i].epoch = static_cast<int>(i) + 1;
        before.runs = {std::make_shared<const Run>(Run{before.trained, history})};
        before.history = history;
        const auto after = decodeSession(encodeSession(before), "kept");
        QVERIFY2(after, after ? "" : after.error().message().c_str());
        QVERIFY(after->drawing == before.drawing);
        QVERIFY(after->parameters && after->parameters->parameters == before.parameters->parameters);
        QCOMPARE(after->runs.size(), std::size_t{1});
        const auto& epochs = after->runs[0]->history.epochs;
        QCOMPARE(epochs.size(), std::size_t{2000});
        QCOMPARE(epochs.front().epoch, 500);
        QCOMPARE(epochs.back().epoch, 1'000'000);
    }

    void wholeOrDamaged()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("one.session"));
        const auto answerFor = [&](const std::string& bytes) {
            QFile file(path);
            if (!file.open(QIODevice::WriteOnly) || file.write(QByteArray::fromStdString(bytes)) < 0)
                qFatal("no temporary file");
            file.close();
            return isWholeSession(path.toStdString());
        };
        std::string bytes = encodeSession(example());
        QVERIFY(answerFor(bytes) == true);
        QVERIFY(answerFor("chainrule-session/3\nwhatever") == std::nullopt);
        QVERIFY(isWholeSession(folder.filePath(QStringLiteral("none")).toStdString()) == std::nullopt);
        QVERIFY(answerFor("") == false);
        QVERIFY(answerFor(bytes.substr(0, bytes.size() - 1)) == false);
        bytes[bytes.size() / 2] ^= 1;
        QVERIFY(answerFor(bytes) == false);
    }

    void everyTruncationIsRefused()
    {
        const std::string bytes = encodeSession(example());
        for (std::size_t length = 0; length < bytes.size(); ++length)
            QVERIFY(!decodeSession(std::span(bytes.data(), length), "kept"));
        QVERIFY(!decodeSession(bytes + "x", "kept"));
    }

    void everyFlippedBitIsRefused()
    {
        std::string bytes = encodeSession(example());
        std::mt19937 random(5); // NOLINT: the same bits each time
        for (int i = 0; i < 10'000; ++i) {
            char& byte = bytes[random() % bytes.size()];
            const char before = byte;
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (random() % 8)));
            const auto read = decodeSession(bytes, "kept");
            QVERIFY(!read);
            QVERIFY(!read.error().why.empty());
            byte = before;
        }
    }

    void aNewerVersionIsRefusedPolitely()
    {
        const auto read = decodeSession(std::string("chainrule-session/3\nsomething else"), "kept");
        QVERIFY(!read);
        QVERIFY(read.error().why.english().find("newer version") != std::string::npos);
        QCOMPARE(sessionVersion("chainrule-session/3\n"), std::optional<std::uint64_t>(3));
        QVERIFY(!sessionVersion("chainrule-session/0\n"));
        QVERIFY(!sessionVersion("chainrule-session/1"));
    }
};

QTEST_APPLESS_MAIN(TestSessionFile)
#include "tst_sessionfile.moc"
