// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/draw/drawsession.h"
#include "core/base/random.h"
#include "core/data/digits/digits.h"
#include "core/data/ink/canvas.h"
#include "core/data/ink/drawings.h"
#include "core/network/initialweights.h"
#include "tests/core/drawings.h"

#include <QDir>
#include <QScopeGuard>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <sys/mount.h>

#include <algorithm>
#include <cmath>

using namespace chainrule;

namespace {

Stroke line(Random& random)
{
    Stroke stroke;
    const int points = 1 + static_cast<int>(uniform(random, 0.0, 5.0));
    for (int i = 0; i < points; ++i)
        stroke.push_back({uniform(random, 0.0, 1.0), uniform(random, 0.0, 1.0)});
    return stroke;
}

// Draws a digit of the tests' on the session's canvas.
void draw(DrawSession& session, std::size_t digit)
{
    session.clear();
    const StrokeSample placed = *placedOnCanvas({tests::drawnDigits()[digit], {}, {}, {}});
    for (std::size_t i = 0; i < placed.strokes.size(); ++i)
        session.addStroke(placed.strokes[i], placed.pens[i]);
}

GridAnswer answerWith(const Network& parameters, std::shared_ptr<const Dataset> data)
{
    TrainingSettings settings;
    settings.samples = {100, 0, 10};
    settings.layers = parameters.stack.layers;
    auto setup = prepareRun(settings, {}, std::move(data), parameters);
    GridAnswer answer;
    answer.setup = std::make_shared<const RunSetup>(std::move(*setup));
    answer.parameters = std::shared_ptr<const Network>(answer.setup, &answer.setup->initial);
    return answer;
}

Network someNetwork(std::uint64_t seed, int units = 10)
{
    Random random = makeRandom(seed);
    return makeNetwork({784, {{units, Activation::Softmax}}}, {WeightRule::Xavier}, random);
}

} // namespace

class TestDrawSession : public QObject {
    Q_OBJECT

private slots:
    // Any edits, all of them taken back, leave what was there, and made again what they had made.
    void randomEditsUndone()
    {
        DrawSession session;
        Random random = makeRandom(21);
        for (int i = 0; i < 10'000; ++i) {
            const double choice = uniform(random, 0.0, 1.0);
            if (choice < 0.6)
                session.addStroke(line(random), uniform(random, 0.01, 0.3));
            else if (choice < 0.8)
                session.addStroke(line(random), -uniform(random, 0.01, 0.3));
            else if (choice < 0.9)
                session.clear();
            else if (choice < 0.95)
                session.setPicture({3, 2, {0, 200, 0, static_cast<std::uint8_t>(i), 0, 9}});
            else
                session.drawingUndo().undo();
        }
        const StrokeSample after = session.drawing();
        const int edits = session.drawingUndo().index();
        QVERIFY(edits > 5'000);
        while (session.drawingUndo().canUndo())
            session.drawingUndo().undo();
        QVERIFY(session.drawing() == StrokeSample());
        while (session.drawingUndo().canRedo())
            session.drawingUndo().redo();
        QVERIFY(session.drawing() == after);
    }

    void keepingNeedsInk()
    {
        DrawSession session;
        QVERIFY(!session.keep(3));
        session.addStroke({{0.5, 0.5}}, 0.1);
        const auto dot = session.keep(3);
        QVERIFY(!dot);
        QVERIFY(dot.error().message().find("dot") != std::string::npos);
        draw(session, 3);
        QVERIFY(session.keep(3));
        QCOMPARE(session.kept().size(), std::size_t{1});
        QVERIFY(session.kept()[0]->image == prepareDigit(*drawingInk(session.drawing()))->image);
        QVERIFY(session.removeKept(5));
        QVERIFY(session.removeKept(-1));
        QCOMPARE(session.kept().size(), std::size_t{1});
    }

    // What is kept before the file has been read is not lost, and does not take its place.
    void keptBeforeTheFileIsRead()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("deep/er/drawings.jsonl");
        {
            DrawSession session;
            session.useFile(path);
            draw(session, 1);
            QVERIFY(session.keep(1));
            QTRY_VERIFY(QFileInfo::exists(path));
        }
        DrawSession session;
        session.useFile(path);
        draw(session, 2);
        QVERIFY(session.keep(2));
        QTRY_COMPARE(session.kept().size(), std::size_t{2});
        const auto read = readDrawings(path.toStdString());
        QVERIFY(read);
        QCOMPARE(read->size(), std::size_t{2});
        QCOMPARE(*read->at(0).label, 1);
        QCOMPARE(*read->at(1).label, 2);
    }

    // Whatever is kept is read again, or is not kept.
    void whatIsKeptIsReadAgain()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("drawings.jsonl");
        {
            DrawSession session;
            session.useFile(path);
            draw(session, 2);
            QVERIFY(session.keep(255));
            const auto refused = session.keep(256);
            QVERIFY(!refused);
            QVERIFY(refused.error().message().find("255") != std::string::npos);
            // As long a drawing as there can be, of coordinates that do not end.
            StrokeSample many{{Stroke()}, {}, {}, {}};
            for (std::size_t i = 0; i < maximumStrokePoints; ++i) {
                const double t = static_cast<double>(i) / 700.0;
                many.strokes[0].push_back({std::sin(t) * 3e3, 1.7 * static_cast<double>(i)});
            }
            session.setDrawing(*placedOnCanvas(many), {});
            QVERIFY(session.keep(8));
            QTRY_VERIFY(QFileInfo::exists(path));
            QTRY_COMPARE(session.kept().size(), std::size_t{2});
        }
        const auto read = readDrawings(path.toStdString());
        QVERIFY2(read, read ? "" : read.error().message().c_str());
        QCOMPARE(read->size(), std::size_t{2});
    }

    // Two windows keep drawings in one file: neither loses the other's, nor lines that are no drawings to
    // keep.
    void twoWindows()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("drawings.jsonl");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        const std::string unlabelled = writeStrokeLine({tests::drawnDigits()[9], {}, {}, {}});
        file.write(QByteArray::fromStdString(unlabelled + '\n'));
        file.close();
        DrawSession first;
        DrawSession second;
        first.useFile(path);
        second.useFile(path);
        QSignalSpy firstRead(&first, &DrawSession::keptChanged);
        QSignalSpy secondRead(&second, &DrawSession::keptChanged);
        QTRY_VERIFY(firstRead.size() == 1 && secondRead.size() == 1);
        draw(first, 1);
        QVERIFY(first.keep(1));
        draw(second, 2);
        QVERIFY(second.keep(2));
        QCOMPARE(second.kept().size(), std::size_t{2});
        second.keptUndo().undo();
        QCOMPARE(second.kept().size(), std::size_t{1}); // the other's
        second.keptUndo().redo();
        draw(first, 3);
        QVERIFY(first.keep(3));
        const auto read = readDrawings(path.toStdString());
        QVERIFY(read);
        QCOMPARE(read->size(), std::size_t{4});
        QVERIFY(!read->at(0).label);
        // One that is removed stays away.
        const auto other = std::find_if(first.kept().begin(), first.kept().end(),
                                        [](const auto& each) { return each->sample.label == 2; });
        QVERIFY(first.removeKept(static_cast<int>(other - first.kept().begin())));
        QCOMPARE(readDrawings(path.toStdString())->size(), std::size_t{3});
        draw(first, 4);
        QVERIFY(first.keep(4));
        QCOMPARE(readDrawings(path.toStdString())->size(), std::size_t{4});

        // Lines that somebody has added since, and that are no drawings to keep, stay.
        const std::string later = writeStrokeLine({tests::drawnDigits()[8], {}, {}, {}});
        QVERIFY(file.open(QIODevice::Append));
        file.write(QByteArray::fromStdString(later + '\n'));
        file.close();
        draw(first, 5);
        QVERIFY(first.keep(5));
        draw(first, 6);
        QVERIFY(first.keep(6));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray lines = file.readAll();
        QCOMPARE(lines.count(QByteArray::fromStdString(later)), 1);
        QCOMPARE(readDrawings(path.toStdString())->size(), std::size_t{7});
    }

    void endsBeforeTheFileIsRead()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("drawings.jsonl");
        {
            DrawSession session;
            session.useFile(path);
            draw(session, 7);
            QVERIFY(session.keep(7));
        }
        const auto read = readDrawings(path.toStdString());
        QVERIFY(read);
        QCOMPARE(read->size(), std::size_t{1});
    }

    void addsAFile()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("some.jsonl");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        for (int digit = 0; digit < 3; ++digit) {
            StrokeSample sample{tests::drawnDigits()[static_cast<std::size_t>(digit)], {}, {}, {}};
            if (digit != 1)
                sample.label = digit;
            file.write(QByteArray::fromStdString(writeStrokeLine(sample) + '\n'));
        }
        file.close();
        DrawSession session;
        QSignalSpy fileKept(&session, &DrawSession::fileKept);
        QSignalSpy problems(&session, &DrawSession::problem);
        session.keepFile(path);
        QTRY_COMPARE(fileKept.size(), 1);
        QCOMPARE(fileKept[0][0].toInt(), 2); // one has no label
        for (const auto& each : session.kept())
            QCOMPARE(each->sample.pens.size(), each->sample.strokes.size());
        session.keptUndo().undo();
        QVERIFY(session.kept().empty());
        session.keepFile(folder.filePath("none.jsonl"));
        QTRY_COMPARE(problems.size(), 1);
    }

    void savingThatFailsIsSaid()
    {
        QTemporaryDir folder;
        // A folder where the file should be.
        const QString path = folder.filePath("drawings.jsonl");
        QVERIFY(QDir().mkpath(path + "/in/the/way"));
        DrawSession session;
        QSignalSpy problems(&session, &DrawSession::problem);
        session.useFile(path);
        QTRY_COMPARE(problems.size(), 1);
        draw(session, 0);
        QVERIFY(session.keep(0));
        QCOMPARE(session.kept().size(), std::size_t{1});
        QVERIFY(QFileInfo(path + ".unreadable").isDir()); // put aside, whatever it was
        QVERIFY(readDrawings(path.toStdString()));
    }

    // What the disk has no room for is not kept, nor removed; once there is room, the same goes well.
    void aRealDiskIsFull_data()
    {
        QTest::addColumn<bool>("folderIsThere");
        QTest::newRow("the folder is there") << true;
        QTest::newRow("not even the folder can be made") << false;
    }
    void aRealDiskIsFull()
    {
        QFETCH(bool, folderIsThere);
        QTemporaryDir folder;
        const QString disk = folder.filePath("disk");
        QVERIFY(QDir().mkpath(disk));
        // The disk's own root takes one of the inodes.
        const char* const options = folderIsThere ? "size=64k" : "size=64k,nr_inodes=2";
        if (::mount("tmpfs", QFile::encodeName(disk).constData(), "tmpfs", 0, options) != 0)
            QSKIP("a small disk can only be mounted as root");
        const auto unmount = qScopeGuard([&] { ::umount(QFile::encodeName(disk).constData()); });
        const QString path = disk + "/chainrule/drawings.jsonl";
        if (folderIsThere)
            QVERIFY(QDir().mkpath(disk + "/chainrule"));
        const auto fill = [&] {
            QFile filler(disk + "/filler");
            QVERIFY(filler.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
            while (filler.write(QByteArray(4096, 'x')) == 4096) {
            }
        };
        fill();
        DrawSession session;
        QSignalSpy problems(&session, &DrawSession::problem);
        QSignalSpy read(&session, &DrawSession::keptChanged);
        session.useFile(path);
        QTRY_COMPARE(read.size(), 1);
        draw(session, 7);
        const StrokeSample drawn = session.drawing();
        const auto refused = session.keep(7);
        QVERIFY(!refused);
        const QString said = QString::fromStdString(refused.error().message());
        QCOMPARE(said, path + ": it could not be written: the disk is full. Free some space, then keep the "
                              "drawing again: it is still on the canvas.");
        QVERIFY(session.kept().empty());
        QVERIFY(!session.keptUndo().canUndo());
        QCOMPARE(session.drawing().strokes.size(), drawn.strokes.size());
        QVERIFY(!QFileInfo::exists(path));

        QVERIFY(QFile::remove(disk + "/filler"));
        if (!folderIsThere)
            QCOMPARE(
                ::mount("tmpfs", QFile::encodeName(disk).constData(), "tmpfs", MS_REMOUNT, "nr_inodes=9"), 0);
        QVERIFY(session.keep(7));
        draw(session, 1);
        QVERIFY(session.keep(1));
        QCOMPARE(readDrawings(path.toStdString())->size(), std::size_t{2});
        QCOMPARE(problems.size(), 0);

        fill();
        const auto removed = session.removeKept(0);
        QVERIFY(!removed);
        QVERIFY(
            QString::fromStdString(removed.error().message()).contains("the disk is full. Free some space"));
        QCOMPARE(session.kept().size(), std::size_t{2});
        QCOMPARE(session.keptUndo().count(), 2); // the two that were kept
        QVERIFY(QFile::remove(disk + "/filler"));
        QVERIFY(session.removeKept(0));
        QCOMPARE(readDrawings(path.toStdString())->size(), std::size_t{1});

        // Undo cannot be refused: it says that what it made is in the window alone.
        fill();
        session.keptUndo().undo();
        QCOMPARE(problems.size(), 1);
        const QString alone = QString::fromStdString(problems[0][0].value<Error>().message());
        QVERIFY2(alone.contains("the disk is full. Free some space; your drawings"), qPrintable(alone));
        QCOMPARE(session.kept().size(), std::size_t{2});
        QCOMPARE(readDrawings(path.toStdString())->size(), std::size_t{1});
        // It is in the file with the next change.
        QVERIFY(QFile::remove(disk + "/filler"));
        draw(session, 2);
        QVERIFY(session.keep(2));
        QCOMPARE(readDrawings(path.toStdString())->size(), std::size_t{3});
    }

    // What could not be written in time is written at the end, where there is room by then.
    void theEndTriesAgain()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("deep/drawings.jsonl");
        {
            DrawSession session;
            QSignalSpy read(&session, &DrawSession::keptChanged);
            QSignalSpy problems(&session, &DrawSession::problem);
            session.useFile(path);
            QTRY_COMPARE(read.size(), 1);
            draw(session, 1);
            QVERIFY(session.keep(1));
            QVERIFY(QDir(folder.filePath("deep")).removeRecursively());
            QFile inTheWay(folder.filePath("deep"));
            QVERIFY(inTheWay.open(QIODevice::WriteOnly));
            inTheWay.close();
            const auto refused = session.keep(2);
            QVERIFY(!refused);
            QVERIFY2(refused.error().why.english().find("a file where its folder should be") !=
                         std::string::npos,
                     refused.error().why.english().c_str());
            session.keptUndo().undo();
            session.keptUndo().redo();
            QCOMPARE(problems.size(), 2);
            QVERIFY(inTheWay.remove());
        }
        const auto read = readDrawings(path.toStdString());
        QVERIFY(read);
        QCOMPARE(read->size(), std::size_t{1});
    }

    void networksReadTheKept()
    {
        const auto digits = std::make_shared<const Dataset>(makeDigits(200, 1));
        DrawSession session;
        draw(session, 5);
        QVERIFY(session.keep(5));
        QVERIFY(!session.network());
        QSignalSpy changed(&session, &DrawSession::networkChanged);
        const Network parameters = someNetwork(1);
        session.setNetwork(answerWith(parameters, digits));
        QTRY_COMPARE(changed.size(), 1);
        QVERIFY(session.network()->observer);
        QCOMPARE(session.network()->kept.size(), std::size_t{1});
        Observer observer = makeObserver(parameters, EngineKind::Matrix, Precision::Float);
        const auto all = guesses(observe(observer, networkInput(session.kept()[0]->image)).back());
        QCOMPARE(session.network()->kept[0].label, all.front().label);
        QCOMPARE(session.network()->kept[0].probability, all.front().probability);
        QSignalSpy found(&session, &DrawSession::nearestFound);
        session.findNearest(session.kept()[0]->image);
        QTRY_COMPARE(found.size(), 1);
        const auto nearest = found[0][0].value<NearestAnswer>();
        QVERIFY(nearest.data == session.network()->setup->data);
        QVERIFY(nearest.image == session.kept()[0]->image);
        const auto expected =
            nearestImages(*digits, session.network()->setup->split.training, nearest.image, 6);
        QCOMPARE(nearest.images.size(), std::size_t{6});
        for (std::size_t i = 0; i < 6; ++i)
            QCOMPARE(nearest.images[i].sample, expected[i].sample);
        // Weights that are no numbers are nobody's guess.
        Network broken = parameters;
        broken.parameters[5] = NAN;
        session.setNetwork(answerWith(broken, digits));
        QTRY_COMPARE(changed.size(), 2);
        QCOMPARE(session.network()->kept[0].label, -1);
    }

    void guessesAreSorted()
    {
        const std::vector<double> probabilities{0.1, 0.5, 0.1, 0.3};
        const auto all = guesses(probabilities);
        QCOMPARE(all.size(), std::size_t{4});
        QCOMPARE(all[0].label, 1);
        QCOMPARE(all[1].label, 3);
        QCOMPARE(all[2].label, 0); // of equals the first
        QVERIFY(guesses(std::vector<double>{0.5, NAN}).empty());
        QVERIFY(guesses({}).empty());
    }
};

QTEST_GUILESS_MAIN(TestDrawSession)
#include "tst_drawsession.moc"
