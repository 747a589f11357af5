// SPDX-License-Identifier: GPL-3.0-or-later
// Kills programs while they save, train and are worked with, and looks at what is left.
// CHAINRULE_LONG_TESTS=1 makes it as often as the numbers in longKills say.
#include "app/drawpage.h"
#include "app/files.h"
#include "app/mainwindow.h"
#include "app/sessionstore.h"
#include "app/theme.h"

#include "core/base/files/atomicfile.h"
#include "core/formats/modelfile.h"
#include "core/formats/sessionfile.h"
#include "core/formats/settingsjson.h"

#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QRandomGenerator>
#include <QSettings>
#include <QTemporaryDir>
#include <QTimer>
#include <QtTest>

#include <algorithm>
#include <cstdio>

using namespace chainrule;

namespace {

constexpr qint64 autosave = 300;  // milliseconds
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
    MainWindow window(endless(), theme);
    window.show();
    window.keepSession(SessionStore::defaultFolder());
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
        own.insert(QStringLiteral("CHAINRULE_AUTOSAVE_SECONDS"),
                   QString::number(static_cast<double>(autosave) / 1000.0));
        return own;
    }
    [[nodiscard]] QString sessions() const
    {
        return m_home->filePath(QStringLiteral("STATE/chainrule/sessions"));
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

    /// The session that a killed program has left, if any; removes it. One that cannot be read fails the
    /// test.
    std::optional<Session> left()
    {
        const auto abandoned = SessionStore(sessions()).claimAbandoned();
        if (!abandoned)
            return {};
        auto session = loadSession(QFile::encodeName(abandoned->path).toStdString());
        if (!session)
            QTest::qFail(session.error().message().c_str(), __FILE__, __LINE__);
        SessionStore::discard(*abandoned);
        return session ? std::optional(*session) : std::nullopt;
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

    void whileTraining()
    {
        QSettings kept(m_home->filePath(QStringLiteral("CONFIG/chainrule/chainrule.conf")),
                       QSettings::IniFormat);
        kept.setValue(QStringLiteral("training"), QString::fromStdString(settingsToJson(endless())));
        kept.sync();
        qint64 oldest = 0;
        for (int i = 0; i < kills().training; ++i) {
            QProcess process;
            start(process, QStringLiteral(CHAINRULE_EXECUTABLE),
                  {QStringLiteral("--data"), QStringLiteral("digits"), QStringLiteral("--train")});
            const auto keptAt = [this] {
                const auto files = QDir(sessions()).entryInfoList({QStringLiteral("*.session")}, QDir::Files);
                return files.isEmpty() ? QDateTime() : files.first().lastModified();
            };
            QTRY_VERIFY_WITH_TIMEOUT(keptAt().isValid(), 60'000);
            wait(process, lifetime(0, 1500));
            const QDateTime end = QDateTime::currentDateTime();
            kill(process);
            const qint64 age = keptAt().msecsTo(end);
            oldest = std::max(oldest, age);
            QVERIFY2(age <= autosave + patience, qPrintable(QString::number(age)));
            const auto session = left();
            QVERIFY(session);
            QVERIFY(session->parameters && session->settings.epochs == endless().epochs);
            QVERIFY(QDir(sessions()).isEmpty(QDir::Files | QDir::Hidden));
        }
        qInfo("%d kills, sessions up to %lld ms old", kills().training, static_cast<long long>(oldest));
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
            const auto session = left();
            if (QTest::currentTestFailed())
                return;
            const qint64 end = told.last();
            if (!session) {
                QVERIFY2(end - told.first() <= autosave + patience, qPrintable(QString::number(end)));
                continue;
            }
            // What belongs together was kept together.
            const auto edits = session->settings.seed;
            QCOMPARE(session->drawing.strokes.size(), static_cast<std::size_t>(edits));
            const qint64 made = told.contains(edits) ? told[edits] : end; // the last line may be lost
            oldest = std::max(oldest, end - made);
            QVERIFY2(end - made <= autosave + patience, qPrintable(QString::number(end - made)));
            QVERIFY(QDir(sessions()).isEmpty(QDir::Files | QDir::Hidden));
        }
        qInfo("%d kills, sessions up to %lld ms old", kills().editing, static_cast<long long>(oldest));
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
