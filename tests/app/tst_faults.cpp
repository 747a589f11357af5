// SPDX-License-Identifier: GPL-3.0-or-later
// Faults of the computer that the program lives with: too little memory, a settings file that is damaged.
#include "app/base/theme.h"
#include "app/window/mainwindow.h"
#include "core/base/random.h"
#include "core/training/settings/settings.h"
#include "tests/app/program.h"
#include "tests/app/windowelements.h"
#include "tests/core/sanitized.h"
#include "widgets/style/accessibility.h"

#include <QAction>
#include <QApplication>
#include <QDir>
#include <QFile>
#include <QSettings>
#include <QTemporaryDir>
#include <QtTest>
#include <memory>

using namespace chainrule;

namespace {

/// The program where a process has no more than 2 GB of addresses.
program::Finished runInTwoGigabytes(const QStringList& words)
{
    QProcess process;
    process.setProcessEnvironment(program::environment());
    process.start("/bin/sh",
                  QStringList{"-c", "ulimit -v 2000000 && exec \"$0\" \"$@\"", CHAINRULE_EXECUTABLE} + words);
    if (!process.waitForFinished(60'000))
        process.kill();
    process.waitForFinished();
    const bool crashed = process.exitStatus() != QProcess::NormalExit;
    return {crashed ? -1 : process.exitCode(), process.readAllStandardOutput(),
            process.readAllStandardError()};
}

QString settingsPath(const QString& home)
{
    return home + QStringLiteral("/chainrule/chainrule.conf");
}

/// What a window writes that was used a little.
QByteArray goodSettings()
{
    QTemporaryDir home;
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, home.path());
    {
        ThemeSwitch theme;
        theme.choose(ThemeChoice::Dark);
        MainWindow window(presets().front().settings, theme);
        window.show();
        window.close();
        theme.choose(ThemeChoice::Dark);
    }
    QSettings().sync();
    QFile file(settingsPath(home.path()));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Starts and ends a window with this text for settings.
void tryWindow(const QByteArray& text)
{
    QTemporaryDir home;
    QVERIFY(QDir().mkpath(home.path() + "/chainrule"));
    QVERIFY(idxbytes::write(settingsPath(home.path()), text));
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, home.path());
    ThemeSwitch theme;
    MainWindow window(presets().front().settings, theme);
    window.show();
    const QRect screen = window.screen()->availableGeometry();
    QVERIFY(window.isVisible());
    QVERIFY2(screen.intersects(window.frameGeometry()), "the window lies beside the screen");
    QVERIFY(window.width() >= window.minimumWidth() && window.width() <= 2 * screen.width());
    // What Qt says of a value that it cannot read is true.
    warnings.removeIf([](const QString& said) { return said.startsWith(QStringLiteral("QVariant::load")); });
    QVERIFY2(warnings.isEmpty(), qPrintable(warnings.join(QLatin1Char('\n'))));
}

} // namespace

class TestFaults : public QObject {
    Q_OBJECT

    QTemporaryDir m_home;

private slots:
    void initTestCase()
    {
        qunsetenv("CHAINRULE_DATA");
        qputenv("XDG_DATA_HOME", m_home.path().toUtf8());
        QCoreApplication::setOrganizationName(QStringLiteral("chainrule"));
        QCoreApplication::setApplicationName(QStringLiteral("chainrule"));
        installAccessibility();
        qInstallMessageHandler(collect);
    }

    void cleanupTestCase() { qInstallMessageHandler(nullptr); }

    void init() { warnings.clear(); }

    void aLayerThatNoMemoryHolds_data()
    {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<int>("exit");
        QTest::addColumn<QString>("why");
        QTest::newRow("10^9 units") << QStringList{"--layers", "1000000000,10"} << 2
                                    << "a layer can have 1 to 65,536 units";
        QTest::newRow("10^10 units") << QStringList{"--layers", "10000000000,10"} << 2
                                     << "a layer can have 1 to 65,536 units";
        QTest::newRow("too many weights")
            << QStringList{"--layers", "65536,10"} << 1 << "about 417 MB of memory";
        QTest::newRow("matrix engine")
            << QStringList{"--layers", "60000,10", "--precision", "double", "--optimizer", "adam"} << 1
            << "there is not enough memory: its parameters alone take 381 MB";
        QTest::newRow("scalar engine") << QStringList{"--layers", "60000,10", "--engine", "scalar"} << 1
                                       << "there is not enough memory: its parameters alone take 381 MB";
    }

    void aLayerThatNoMemoryHolds()
    {
        if (tests::hasSanitizer)
            QSKIP("sanitizers need far more addresses than memory");
        QFETCH(QStringList, words);
        QFETCH(int, exit);
        QFETCH(QString, why);
        words = QStringList{"train", "--data", "digits", "--train",  "4", "--validation",
                            "0",     "--test", "2",      "--epochs", "1"} +
                words;
        const program::Finished finished = runInTwoGigabytes(words);
        const QString said = QString::fromUtf8(finished.err);
        QVERIFY2(finished.exit == exit, qPrintable(said));
        QVERIFY2(said.contains(why), qPrintable(said));
    }

    void damagedSettingsGiveDefaults_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("no settings") << QByteArray("\x7f"
                                                   "ELF\x02\x01\x01\0\0",
                                                   9);
        QTest::newRow("zeros") << QByteArray(4096, '\0');
        QTest::newRow("section without an end") << QByteArray("[General\ntheme=dark\n");
        QTest::newRow("unknown values")
            << QByteArray("[General]\ntheme=purple\n[General]\ngeometry=12\nruns=maybe\n");
        QTest::newRow("values of other types") << QByteArray(
            "[General]\ntheme=@Rect(0 0 1 1)\n[General]\ngeometry=@Variant(\\0\\0\\0\\x7f\\0\\0\\0\\x1x)\n"
            "runs=@Invalid()\n");
        QTest::newRow("geometry far away") << QByteArray(
            "[General]\ngeometry=@ByteArray(\\x1\\xd9\\xd0\\xcb\\0\\x3\\0\\0\\x7f\\xff\\xff\\xff)\n");
    }

    void damagedSettingsGiveDefaults()
    {
        QFETCH(QByteArray, text);
        tryWindow(text);
    }

    void spoiledSettingsOpenAWindow()
    {
        const QByteArray good = goodSettings();
        QVERIFY2(good.contains("theme=dark") && good.contains("eometry"), good.constData());
        Random random = makeRandom(11);
        for (int i = 0; i < 15; ++i) {
            QByteArray text = good;
            if (i % 3 == 0)
                text.truncate(qsizetype(uniformBelow(random, std::uint64_t(good.size()))));
            for (int flips = i % 3 == 0 ? 0 : 1 + i / 3; flips > 0; --flips) {
                const auto bit = uniformBelow(random, std::uint64_t(good.size()) * 8);
                char& byte = text[qsizetype(bit / 8)];
                byte = char(byte ^ (1 << bit % 8));
            }
            tryWindow(text);
            if (QTest::currentTestFailed()) {
                qInfo("%s", text.toPercentEncoding().constData());
                return;
            }
        }
    }
};

QTEST_MAIN(TestFaults)
#include "tst_faults.moc"
