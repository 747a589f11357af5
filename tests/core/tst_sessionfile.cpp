// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/sessionfile.h"

#include <QtTest>

#include <random>

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
    Parameters parameters;
    parameters.stack = {5, session.trained.layers};
    for (std::int64_t i = 0; i < parameterCount(parameters.stack); ++i)
        parameters.values.push_back(
            static_cast<double>(static_cast<float>(0.1 * static_cast<double>(i) - 1.0)));
    session.parameters = std::make_shared<const Parameters>(parameters);
    EpochRecord epoch;
    epoch.epoch = 1;
    epoch.trainLoss = 0.7;
    epoch.validation = Metrics{0.5, 80.0};
    session.history.epochs = {epoch, epoch};
    session.history.epochs[1].epoch = 2;
    session.history.test = Metrics{0.4, 91.25};
    SessionRun run{session.trained,
                   session.history,
                   nullptr,
                   {"a", "b", "c"},
                   1.5,
                   {},
                   InitialFile{"/home/someone/old.safetensors", std::string(64, 'a')}};
    parameters.values[0] = 0.5;
    run.parameters = std::make_shared<const Parameters>(parameters);
    session.runs = {std::make_shared<const SessionRun>(run),
                    std::make_shared<const SessionRun>(SessionRun{session.settings, {}})};
    session.drawing.strokes = {{{0.25, 0.5}, {0.75, 0.5}}};
    session.drawing.pens = {0.09};
    session.expression = "p = a*b\nq = p^2";
    session.variables = {{"a", 1.5}, {"b", -2.0}};
    session.fileStamp = "12 34 56";
    session.epoch = 2.25;
    session.unfinished = true;
    session.startValidation = Metrics{2.3, 11.0};
    session.points = {{0.5, 1.5, 40.0, 100}, {1.0, 0.75, 60.0, 100}};
    session.graphPage = "anything";
    return session;
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
        QVERIFY(after->parameters && after->parameters->values == before.parameters->values);
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
        const SessionRun& run = *after->runs[0];
        QVERIFY(run.parameters && run.parameters->values == before.runs[0]->parameters->values);
        QVERIFY(run.parameters->values != after->parameters->values);
        QVERIFY(run.classNames == before.runs[0]->classNames);
        QCOMPARE(run.epoch, 1.5);
        QCOMPARE(run.initial->file, before.runs[0]->initial->file);
        QVERIFY(!after->runs[1]->parameters);
        QCOMPARE(after->fileStamp, before.fileStamp);
        QCOMPARE(after->epoch, 2.25);
        QVERIFY(after->unfinished);
        QVERIFY(after->startValidation && after->startValidation->loss == 2.3);
        QCOMPARE(after->points.size(), std::size_t{2});
        QCOMPARE(after->points[1].loss, 0.75);
        QCOMPARE(after->points[1].samples, std::size_t{100});
        QCOMPARE(after->graphPage, before.graphPage);
        QVERIFY(encodeSession(*after) == bytes);
    }

    // As the version before wrote it, which kept no weights of runs.
    void theFormatBeforeIsRead()
    {
        Session before = example();
        before.runs.clear();
        const std::string bytes = encodeSession(before);
        QCOMPARE(sessionVersion(bytes), std::optional<std::uint64_t>(1));
        const auto after = decodeSession(bytes, "kept");
        QVERIFY(after && after->parameters && after->parameters->values == before.parameters->values);
        QCOMPARE(sessionVersion(encodeSession(example())), std::optional<std::uint64_t>(2));
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
        before.runs = {std::make_shared<const SessionRun>(SessionRun{before.trained, history})};
        before.history = history;
        const auto after = decodeSession(encodeSession(before), "kept");
        QVERIFY2(after, after ? "" : after.error().message().c_str());
        QVERIFY(after->drawing == before.drawing);
        QVERIFY(after->parameters && after->parameters->values == before.parameters->values);
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
        QVERIFY(read.error().why.find("newer version") != std::string::npos);
        QCOMPARE(sessionVersion("chainrule-session/3\n"), std::optional<std::uint64_t>(3));
        QVERIFY(!sessionVersion("chainrule-session/0\n"));
        QVERIFY(!sessionVersion("chainrule-session/1"));
    }
};

QTEST_APPLESS_MAIN(TestSessionFile)
#include "tst_sessionfile.moc"
