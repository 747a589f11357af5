// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/errortext.h"
#include "app/base/theme.h"
#include "app/window/mainwindow.h"
#include "tests/app/misbehavingserver.h"
#include "tests/app/program.h"
#include "tests/app/windowelements.h"
#include "widgets/fields/messagebar.h"
#include "widgets/fields/transferbar.h"
#include "widgets/style/accessibility.h"

#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <memory>

using namespace chainrule;

namespace {

using Server = MisbehavingServer;

std::unique_ptr<MainWindow> shown(const char* source, ThemeSwitch& theme)
{
    TrainingSettings settings = presets().front().settings;
    settings.data = source;
    settings.samples = {300, 100, 100};
    auto window = std::make_unique<MainWindow>(settings, theme);
    window->show();
    window->begin({}, source, false);
    return window;
}

QPushButton* buttonOf(QWidget& window, const QString& text)
{
    for (auto* button : window.findChildren<QPushButton*>()) {
        if (button->text() == text && button->isVisible())
            return button;
    }
    return nullptr;
}

QMenu* dataMenu(MainWindow& window)
{
    for (QAction* action : window.menuBar()->actions()) {
        if (action->text() == QLatin1String("&Data"))
            return action->menu();
    }
    return nullptr;
}

// Its texts, as they are when it is opened.
QStringList entriesOf(MainWindow& window)
{
    QMenu* menu = dataMenu(window);
    emit menu->aboutToShow();
    QStringList texts;
    for (const QAction* action : menu->actions())
        texts << action->text().remove('&') + (action->isEnabled() ? "" : " -");
    return texts;
}

QString messageOf(MainWindow& window)
{
    for (const MessageBar* bar : window.findChildren<MessageBar*>()) {
        if (bar->accessibleName() == QLatin1String("Message"))
            return bar->isVisible() ? bar->message() : QString();
    }
    return {};
}

} // namespace

/// Getting data sets in the window.
class TestDataMenu : public QObject {
    Q_OBJECT

    QString m_data; ///< a folder with the four packed files of MNIST; empty: there is none
    std::unique_ptr<QTemporaryDir> m_home;
    std::unique_ptr<ThemeSwitch> m_theme;

    [[nodiscard]] Server::Answer mnist() const
    {
        return [data = m_data](QTcpSocket& socket, const Server::Request& request) {
            const QByteArray prefix = "/mnist/";
            Server::sendFile(socket, request, program::content(data + "/" + request.path.mid(prefix.size())));
        };
    }

private slots:
    void initTestCase()
    {
        if (const QString data = qEnvironmentVariable("CHAINRULE_DATA") + "/mnist";
            QFile::exists(data + "/train-images-idx3-ubyte.gz"))
            m_data = data;
        qunsetenv("CHAINRULE_DATA");
        QCoreApplication::setOrganizationName(QStringLiteral("chainrule"));
        QCoreApplication::setApplicationName(QStringLiteral("chainrule"));
        installAccessibility();
    }

    void init()
    {
        m_home = std::make_unique<QTemporaryDir>();
        qputenv("XDG_DATA_HOME", m_home->path().toUtf8());
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home->path());
        m_theme = std::make_unique<ThemeSwitch>();
        warnings.clear();
        qInstallMessageHandler(collect);
    }

    void cleanup()
    {
        qInstallMessageHandler(nullptr);
        m_theme.reset();
        QVERIFY2(warnings.isEmpty(), qPrintable(warnings.join(QLatin1Char('\n'))));
    }

    void offersWhatIsMissing()
    {
        Server server(Server::status("503 Service Unavailable"));
        qputenv("CHAINRULE_MIRROR", server.url().toEncoded());
        const auto window = shown("mnist", *m_theme);
        QTRY_VERIFY(messageOf(*window).startsWith("MNIST: its four files are not all in "));
        QVERIFY(buttonOf(*window, "Use built-in digits"));
        QPushButton* get = buttonOf(*window, "Get MNIST");
        QVERIFY(get);
        get->click();
        QVERIFY(window->findChild<TransferBar*>()->isVisible());
        QCOMPARE(messageOf(*window), QString());
        QTRY_VERIFY(
            messageOf(*window).startsWith("MNIST, train-images-idx3-ubyte.gz: 127.0.0.1: it answers 503"));
        QVERIFY(!window->findChild<TransferBar*>()->isVisible());
        QVERIFY(messageOf(*window).endsWith(
            "Or put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and "
            "t10k-labels-idx1-ubyte.gz into " +
            m_home->filePath("chainrule/mnist") + " by hand."));
        QVERIFY(!buttonOf(*window, "Use built-in digits"));
        const auto before = server.requests.size();
        buttonOf(*window, "Try again")->click();
        QTRY_COMPARE(server.requests.size(), before + 1);
        QTRY_VERIFY(messageOf(*window).contains("503"));
    }

    void noNetwork()
    {
        qputenv("CHAINRULE_MIRROR", "http://chainrule.invalid/");
        const auto window = shown("mnist", *m_theme);
        QTRY_VERIFY(buttonOf(*window, "Get MNIST"));
        buttonOf(*window, "Get MNIST")->click();
        QTRY_VERIFY(messageOf(*window).startsWith(
            "MNIST, train-images-idx3-ubyte.gz: there is no network, or no such server (chainrule.invalid: "
            "Host chainrule.invalid not found). Check the connection to the internet, then try again. Or put "
            "train-images-idx3-ubyte.gz"));
        QVERIFY(messageOf(*window).endsWith(" by hand."));
    }

    void sizesHaveTheirSign()
    {
        QCOMPARE(sentenceOf({"a 16 x 16", "it has images of 8 x 16, not 28 x 28 (in /data/3 x 4/a)", ""}),
                 QString("A 16 x 16: it has images of 8 × 16, not 28 × 28 (in /data/3 x 4/a)."));
    }

    void menuTellsWhatIsHere()
    {
        const auto window = shown("digits", *m_theme);
        QCOMPARE(entriesOf(*window), (QStringList{"Get MNIST (11.6 MB)", "Get Fashion-MNIST (30.9 MB)", "",
                                                  "Open data folder…", "Open data file…", "Recent data"}));
        QStringList keys;
        for (const QAction* action : dataMenu(*window)->actions()) {
            if (!action->isSeparator())
                keys << QKeySequence::mnemonic(action->text()).toString();
        }
        QVERIFY(!keys.contains(QString()));
        QCOMPARE(keys.removeDuplicates(), 0);
        QVERIFY(program::writeSet(m_home->filePath("chainrule/fashion-mnist")));
        QCOMPARE(entriesOf(*window)[1], QString("Fashion-MNIST is here already -"));
    }

    void isCancelled()
    {
        Server server([](QTcpSocket& socket, const Server::Request&) {
            socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9912422\r\n\r\n\x1f\x8b" +
                         QByteArray(2'000'000, 'x'));
        });
        qputenv("CHAINRULE_MIRROR", server.url().toEncoded());
        const auto window = shown("digits", *m_theme);
        auto* bar = window->findChild<TransferBar*>();
        QVERIFY(!bar->isVisible());
        dataMenu(*window)->actions().first()->trigger();
        QVERIFY(bar->isVisible());
        QTRY_VERIFY(bar->text().startsWith("MNIST: 17 % of 11.6 MB"));
        const auto* progress = widgetNamed<QProgressBar>(*window, "Download progress");
        QVERIFY(progress);
        QCOMPARE(progress->value() * 100 / progress->maximum(), 17);
        QVERIFY(entriesOf(*window).first().startsWith("Fetching MNIST… -"));
        QVERIFY(entriesOf(*window)[1].endsWith(" -")); // one at a time
        auto* cancel = widgetNamed<QPushButton>(*window, "Cancel download");
        QVERIFY(cancel && cancel->focusPolicy() != Qt::NoFocus);
        cancel->click();
        QTRY_VERIFY(!bar->isVisible());
        QCOMPARE(messageOf(*window), QString());
        QCOMPARE(widgetNamed<QLabel>(*window, "Status")->text(),
                 QString("Fetching MNIST was cancelled; what has come is kept"));
        QCOMPARE(entriesOf(*window).first(), QString("Get MNIST (11.6 MB)"));
        QVERIFY(QFile::exists(m_home->filePath("chainrule/mnist/train-images-idx3-ubyte.gz.part")));
    }

    void endsWhileItFetches()
    {
        Server server([](QTcpSocket&, const Server::Request&) {});
        qputenv("CHAINRULE_MIRROR", server.url().toEncoded());
        const auto window = shown("digits", *m_theme);
        dataMenu(*window)->actions().first()->trigger();
        QTRY_COMPARE(server.requests.size(), 1);
    }

    void takesWhatWasWaitedFor()
    {
        if (m_data.isEmpty())
            QSKIP("MNIST not found in CHAINRULE_DATA");
        Server server(mnist());
        qputenv("CHAINRULE_MIRROR", server.url().toEncoded());
        const auto window = shown("mnist", *m_theme);
        QTRY_VERIFY(buttonOf(*window, "Get MNIST"));
        buttonOf(*window, "Get MNIST")->click();
        // It is loaded at once, so that the note of its arrival may be gone before anybody looks.
        QTRY_VERIFY_WITH_TIMEOUT(window->workbench().store().data() != nullptr, 30'000);
        QCOMPARE(window->workbench().store().data()->name, std::string("MNIST"));
        QVERIFY(entriesOf(*window).first() == "MNIST is here already -");
    }

    void offersWhatWasNotWaitedFor()
    {
        if (m_data.isEmpty())
            QSKIP("MNIST not found in CHAINRULE_DATA");
        Server server(mnist());
        qputenv("CHAINRULE_MIRROR", server.url().toEncoded());
        const auto window = shown("digits", *m_theme);
        auto* dataset = widgetNamed<QComboBox>(*window, "Dataset");
        QVERIFY(dataset->findText("MNIST") < 0);
        dataMenu(*window)->actions().first()->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(buttonOf(*window, "Use MNIST"), 30'000);
        QVERIFY(dataset->findText("MNIST") >= 0);
        QCOMPARE(window->workbench().document().settings().data, std::string("digits"));
        buttonOf(*window, "Use MNIST")->click();
        QTRY_COMPARE_WITH_TIMEOUT(window->workbench().document().settings().data, std::string("mnist"),
                                  30'000);
        QCOMPARE(dataset->currentText(), QString("MNIST"));
    }
};

QTEST_MAIN(TestDataMenu)
#include "tst_datamenu.moc"
