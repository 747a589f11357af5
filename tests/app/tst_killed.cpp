// SPDX-License-Identifier: GPL-3.0-or-later
// Kills programs while they save, train and are worked with, and looks at what is left.
// CHAINRULE_LONG_TESTS=1 makes it as often as the numbers in longKills say.
#include "app/base/files.h"
#include "app/base/theme.h"
#include "app/draw/drawpage.h"
#include "app/runs/workspace.h"
#include "app/window/mainwindow.h"

#include "core/base/files/atomicfile.h"
#include "core/data/ink/strokes.h"
#include "core/formats/modelfile.h"
#include "core/formats/settingsjson.h"
#include "core/library/library.h"

#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTimer>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace chainrule;

namespace {

constexpr qint64 interval = 1000; // milliseconds that may be lost
constexpr qint64 patience = 2000; // that a busy machine may take longer

struct Kills {
    int saving;
    int training;
    int editing;
};
constexpr Kills shortKills{40, 5, 5};
constexpr Kills longKills{1000, 100, 100};

Kills kills()
{
    return qEnvironmentVariableIntValue("CHAINRULE_LONG_TESTS") > 0 ? longKills : shortKills;
}

std::string modelBytes(double value)
{
    ModelFile model;
    model.network.stack = {784, {{64, Activation::Relu}, {10, Activation::Softmax}}};
    model.network.parameters.assign(static_cast<std::size_t>(parameterCount(model.network.stack)), value);
    model.settings = settingsToJson(presets().front().settings);
    return encodeModel(model);
}

/// Saves two models in turn, for ever.
[[noreturn]] void saveForEver(const QString& path)
{
    const std::string models[] = {modelBytes(0.25), modelBytes(-0.5)};
    for (int i = 0;; i = 1 - i) {
        if (!writeFile(path, models[i]))
            std::exit(1);
        std::puts("saved");
        std::fflush(stdout);
    }
}

TrainingSettings endless()
{
    TrainingSettings settings = presets().front().settings;
    settings.data = "digits";
    settings.samples = {300, 100, 100};
    settings.layers = {{16, Activation::Relu}, {10, Activation::Softmax}};
    settings.epochs = 1'000'000;
    return settings;
}

/// A window that trains and is worked with: the nth edit takes n as the seed and draws the nth stroke, and is
/// then told with its time in milliseconds.
int editForEver(int& argc, char** argv)
{
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("chainrule"));
    QApplication::setOrganizationName(QStringLiteral("chainrule"));
    ThemeSwitch theme;
    MainWindow window(endless(), theme, libraryPath());
    window.show();
    window.begin({}, {}, true);
    QElapsedTimer time;
    time.start();
    quint64 edits = 0;
    QTimer timer;
    QObject::connect(&timer, &QTimer::timeout, &timer, [&] {
        if (window.workbench().training().state() != TrainingState::Running)
            return;
        ++edits;
        TrainingSettings settings = window.workbench().document().settings();
        settings.seed = edits;
        window.workbench().document().edit(settings, QStringLiteral("Seed"));
        const double x = static_cast<double>(edits % 100) / 100.0;
        window.findChild<DrawPage*>()->session().addStroke({{x, 0.2}, {x, 0.8}}, 0.05);
        std::printf("%llu %lld\n", static_cast<unsigned long long>(edits),
                    static_cast<long long>(time.elapsed()));
        std::fflush(stdout);
    });
    timer.start(10);
    return QApplication::exec();
}

} // namespace

class TestKilled : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_home;
    QRandomGenerator m_random{2026};

    [[nodiscard]] QProcessEnvironment environment() const
    {
        QProcessEnvironment own = QProcessEnvironment::systemEnvironment();
        own.remove(QStringLiteral("CHAINRULE_DATA"));
        for (const char* name : {"CONFIG", "DATA", "STATE", "CACHE"})
            own.insert(QStringLiteral("XDG_%1_HOME").arg(QLatin1String(name)),
                       m_home->filePath(QLatin1String(name)));
        own.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
        return own;
    }
    [[nodiscard]] QString library() const
    {
        return m_home->filePath(QStringLiteral("DATA/chainrule/library.db"));
    }
    [[nodiscard]] std::shared_ptr<Library> opened() const
    {
        auto library = Library::open(this->library().toStdString());
        return library ? *library : nullptr;
    }
    [[nodiscard]] int lifetime(int least, int most) { return m_random.bounded(least, most + 1); }

    void start(QProcess& process, const QString& program, const QStringList& words) const
    {
        process.setProcessEnvironment(environment());
        process.setStandardErrorFile(QProcess::nullDevice());
        process.start(program, words);
        QVERIFY(process.waitForStarted());
    }
    static void kill(QProcess& process)
    {
        process.kill(); // SIGKILL
        process.waitForFinished();
        QCOMPARE(process.exitStatus(), QProcess::CrashExit);
    }
    static void wait(QProcess& process, int milliseconds)
    {
        QElapsedTimer time;
        time.start();
        while (time.elapsed() < milliseconds)
            process.waitForReadyRead(static_cast<int>(milliseconds - time.elapsed()));
    }

private slots:
    void init()
    {
        m_home = std::make_unique<QTemporaryDir>();
        QVERIFY(m_home->isValid());
    }

    void whileSaving()
    {
        const QString folder = m_home->filePath(QStringLiteral("models"));
        QVERIFY(QDir().mkpath(folder));
        const QString path = folder + QStringLiteral("/model.safetensors");
        const std::string models[] = {modelBytes(0.25), modelBytes(-0.5)};
        QVERIFY(writeFile(path, models[0]));
        int strays = 0;
        int seen[] = {0, 0};
        for (int i = 0; i < kills().saving; ++i) {
            QProcess process;
            start(process, QCoreApplication::applicationFilePath(),
                  {QStringLiteral("--save-for-ever"), path});
            QVERIFY(process.waitForReadyRead(30'000)); // at work
            QTest::qSleep(lifetime(0, 12));
            kill(process);
            QFile file(path);
            QVERIFY(file.open(QIODevice::ReadOnly));
            const std::string bytes = file.readAll().toStdString();
            const bool first = bytes == models[0];
            QVERIFY2(first || bytes == models[1], qPrintable(QStringLiteral("torn by kill %1").arg(i)));
            QVERIFY(loadModel(path.toStdString()));
            ++seen[first ? 0 : 1];
            strays += static_cast<int>(removeAbandonedFiles(folder.toStdString()));
            QCOMPARE(QDir(folder).entryList(QDir::Files | QDir::Hidden), QStringList{"model.safetensors"});
        }
        qInfo("%d kills, %d in the middle of a file, old and new found %d and %d times", kills().saving,
              strays, seen[0], seen[1]);
        QVERIFY(strays > 0); // else nothing was tried
    }

    // Each run is there, and how far it came is known to a second.
    void whileTraining()
    {
        for (int i = 0; i < kills().training; ++i) {
            QProcess process;
            start(process, QCoreApplication::applicationFilePath(), {QStringLiteral("--edit-for-ever")});
            QVERIFY(process.waitForReadyRead(60'000));
            wait(process, lifetime(0, 1500));
            kill(process);
            const auto library = opened();
            QVERIFY(library && !library->isReadOnly());
            QCOMPARE(library->markInterrupted().value(), 1);
            const auto runs = library->list();
            QVERIFY(runs);
            QCOMPARE(runs->size(), static_cast<std::size_t>(i + 1));
            const RunRecord& run = runs->front();
            QVERIFY(run.state == RunState::Interrupted);
            const auto epochs = library->epochs(run.id);
            QVERIFY(epochs);
            for (std::size_t e = 0; e < epochs->size(); ++e) // none is missing
                QCOMPARE((*epochs)[e].epoch, static_cast<int>(e + 1));
            QVERIFY(static_cast<double>(epochs->size()) >= std::floor(run.epoch) - 1.0);
            if (run.step > 0)
                QVERIFY(library->lastCheckpoint(run.id)->has_value());
        }
        qInfo("%d kills, %d runs", kills().training, kills().training);
    }

    void whileEditing()
    {
        qint64 oldest = 0;
        for (int i = 0; i < kills().editing; ++i) {
            QProcess process;
            start(process, QCoreApplication::applicationFilePath(), {QStringLiteral("--edit-for-ever")});
            QVERIFY(process.waitForReadyRead(60'000));
            wait(process, lifetime(500, 3000));
            kill(process);
            QMap<qulonglong, qint64> told; // when each edit was made
            for (const QByteArray& line : process.readAllStandardOutput().split('\n')) {
                const auto words = line.split(' ');
                if (words.size() == 2)
                    told[words[0].toULongLong()] = words[1].toLongLong();
            }
            QVERIFY(!told.isEmpty());
            const qint64 end = told.last();
            const auto library = opened();
            QVERIFY(library);
            const auto kept = library->takeWorkspace("test " + std::to_string(i));
            QVERIFY(kept);
            if (!*kept || (*kept)->find("\"drawing\"") == std::string::npos) {
                QVERIFY2(end - told.first() <= interval + patience, qPrintable(QString::number(end)));
                continue;
            }
            const QJsonObject state = QJsonDocument::fromJson(QByteArray::fromStdString(**kept)).object();
            const auto settings =
                settingsFromJson(state.value(workspaceKey::settings).toString().toStdString());
            QVERIFY(settings);
            const auto drawing =
                readStrokeLine(state.value(workspaceKey::drawing).toString().toStdString(), "");
            QVERIFY(drawing);
            // What belongs together was kept together.
            const auto edits = settings->seed;
            QCOMPARE(drawing->strokes.size(), static_cast<std::size_t>(edits));
            const qint64 made = told.contains(edits) ? told[edits] : end; // the last line may be lost
            oldest = std::max(oldest, end - made);
            QVERIFY2(end - made <= interval + patience, qPrintable(QString::number(end - made)));
        }
        qInfo("%d kills, workspaces up to %lld ms old", kills().editing, static_cast<long long>(oldest));
    }
};

int main(int argc, char** argv)
{
    if (argc == 3 && qstrcmp(argv[1], "--save-for-ever") == 0)
        saveForEver(QFile::decodeName(argv[2]));
    if (argc == 2 && qstrcmp(argv[1], "--edit-for-ever") == 0)
        return editForEver(argc, argv);
    QCoreApplication application(argc, argv);
    TestKilled test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_killed.moc"
