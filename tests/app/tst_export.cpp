// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/theme.h"
#include "app/draw/drawpage.h"
#include "app/export/figurefile.h"
#include "app/export/reportdialog.h"
#include "app/window/exportmenu.h"
#include "app/window/mainwindow.h"

#include "tests/app/windowelements.h"
#include "widgets/curves/curveplot.h"
#include "widgets/fields/messagebar.h"
#include "widgets/images/drawingcanvas.h"
#include "widgets/images/predictiongrid.h"
#include "widgets/style/theme.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QFileDialog>
#include <QGuiApplication>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QXmlStreamReader>
#include <QtTest>

#include <cmath>
#include <set>

using namespace chainrule;

namespace {

TrainingSettings tiny()
{
    TrainingSettings settings = presets().front().settings;
    settings.data = "digits";
    settings.samples = {300, 100, 100};
    settings.layers = {{16, Activation::Relu}, {10, Activation::Softmax}};
    settings.batchSize = 16;
    settings.epochs = 2;
    return settings;
}

QByteArray content(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Words of the text elements and every colour that is named.
struct Svg {
    QString fault;
    QStringList words;
    std::set<QString> colours;
    QString width;
    int shapes = 0;
    int images = 0;
};

Svg readSvg(const QByteArray& bytes)
{
    Svg found;
    QXmlStreamReader reader(bytes);
    while (!reader.atEnd()) {
        reader.readNext();
        if (!reader.isStartElement())
            continue;
        const auto attributes = reader.attributes();
        for (const char* name : {"fill", "stroke"}) {
            if (attributes.hasAttribute(QLatin1String(name)))
                found.colours.insert(attributes.value(QLatin1String(name)).toString());
        }
        if (reader.name() == QLatin1String("svg"))
            found.width = attributes.value(QLatin1String("width")).toString();
        else if (reader.name() == QLatin1String("image"))
            ++found.images;
        else if (reader.name() == QLatin1String("text"))
            found.words << reader.readElementText();
        else
            ++found.shapes;
    }
    found.fault = reader.hasError() ? reader.errorString() : QString();
    return found;
}

CurveValues someCurves()
{
    History history;
    for (int epoch = 1; epoch <= 5; ++epoch)
        history.epochs.push_back(
            {epoch, 1.0 / epoch, 80.0 + epoch, Metrics{1.2 / epoch, 79.0 + epoch}, 0.1, 1.0});
    TrainingSettings settings;
    settings.epochs = 5;
    return curvesOf(history, CurveQuantity::Loss, settings);
}

Figure someCurve()
{
    return curveFigure(someCurves(), CurveQuantity::Loss, 160.0, 100.0);
}

StrokeSample aStroke()
{
    StrokeSample drawing;
    drawing.strokes = {{{0.3, 0.2}, {0.6, 0.4}, {0.4, 0.8}}};
    drawing.pens = {0.09};
    return drawing;
}

} // namespace

class TestExport : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<ThemeSwitch> m_theme;

    QString in(const char* name) { return m_folder.filePath(QLatin1String(name)); }

    std::unique_ptr<MainWindow> shown()
    {
        auto window = std::make_unique<MainWindow>(tiny(), *m_theme);
        window->show();
        window->begin({}, {}, false);
        return window;
    }
    std::unique_ptr<MainWindow> trained()
    {
        auto window = shown();
        window->workbench().run();
        const auto finished = [&] {
            return window->workbench().training().state() == TrainingState::Finished;
        };
        if (!QTest::qWaitFor(finished, 60'000))
            qWarning("the run does not end");
        return window;
    }
    static QAction* actionOf(const QMenu& menu, const QString& text)
    {
        for (QAction* action : menu.actions()) {
            if (action->text().remove(QLatin1Char('&')) == text)
                return action;
        }
        return nullptr;
    }

private slots:
    void initTestCase()
    {
        QSettings().clear();
        m_theme = std::make_unique<ThemeSwitch>();
        qInstallMessageHandler(collect);
    }
    void cleanup()
    {
        QCOMPARE(warnings, QStringList());
        warnings.clear();
    }

    void pngIsForPrint()
    {
        QVERIFY(saveFigure(someCurve(), in("loss.png")));
        QImage image;
        QVERIFY(image.load(in("loss.png"), "PNG"));
        QCOMPARE(image.size(), QSize(1890, 1181)); // 160 x 100 mm at 300 dots an inch
        QVERIFY(std::abs(image.dotsPerMeterX() - 11811) <= 1);
        QCOMPARE(image.pixelColor(0, 0), QColor(Qt::white));
        // Both curves are there in their light colours.
        const ThemeColors& colors = themeColors(themePalette(false));
        int training = 0;
        int validation = 0;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                training += image.pixelColor(x, y) == colors.accent ? 1 : 0;
                validation += image.pixelColor(x, y) == colors.validation ? 1 : 0;
            }
        }
        QVERIFY(training > 1000);
        QVERIFY(validation > 1000);
    }

    void svgHasWordsAndShapes()
    {
        QVERIFY(saveFigure(someCurve(), in("loss.svg")));
        const Svg svg = readSvg(content(in("loss.svg")));
        QVERIFY2(svg.fault.isEmpty(), qPrintable(svg.fault));
        for (const char* words :
             {"Loss", "epoch", "cross-entropy (nats)", "training 0.200", "validation 0.240"})
            QVERIFY2(svg.words.contains(QString::fromLatin1(words)), qPrintable(svg.words.join(", ")));
        QCOMPARE(svg.width, QString("160mm"));
        QCOMPARE(svg.images, 0);
        QVERIFY(svg.shapes > 15);
    }

    // In another locale the picture's own numbers keep their points.
    void svgIsTheSameLanguageEverywhere()
    {
        const QLocale before;
        QLocale::setDefault(QLocale(QLocale::German));
        const QByteArray bytes = someCurve().svg();
        QLocale::setDefault(before);
        const Svg svg = readSvg(bytes);
        QVERIFY2(svg.fault.isEmpty(), qPrintable(svg.fault));
        QVERIFY(svg.words.contains("training 0,200"));
        static const QRegularExpression comma("(x|y|width|height|cx|cy|r)=\"[^\"]*,");
        QVERIFY(!QString::fromUtf8(bytes).contains(comma));
    }

    void pdfIsOnePageOfItsSize()
    {
        QVERIFY(saveFigure(someCurve(), in("loss.pdf")));
        const QByteArray pdf = content(in("loss.pdf"));
        QVERIFY(pdf.startsWith("%PDF-"));
        static const QRegularExpression box("/MediaBox\\s*\\[\\s*0 0 ([\\d.]+) ([\\d.]+)");
        const auto found = box.match(QString::fromLatin1(pdf));
        QVERIFY(std::abs(found.captured(1).toDouble() - 160.0 / 25.4 * 72.0) < 1.5);
        QVERIFY(std::abs(found.captured(2).toDouble() - 100.0 / 25.4 * 72.0) < 1.5);
        QByteArray title; // UTF-16, as PDF has its words
        for (const char letter : QByteArray("Loss"))
            title += QByteArray(1, '\0') + letter;
        QVERIFY(pdf.left(2000).contains(title));
        QVERIFY(pdf.contains("/FontFile2"));       // words
        QVERIFY(!pdf.contains("/Subtype /Image")); // and shapes
    }

    void wrongEndingsAreRefused()
    {
        const auto refused = saveFigure(someCurve(), in("loss.bmp"));
        QVERIFY(!refused);
        QVERIFY(!QFile::exists(in("loss.bmp")));
        QVERIFY(!saveFigure(someCurve(), in("none/loss.svg")));
    }

    // The vector drawing covers what the canvas shows.
    void drawingIsTheCanvas()
    {
        DrawingCanvas canvas;
        canvas.setDrawing(aStroke());
        const InkImage& ink = canvas.ink();
        const Figure figure = drawingFigure(aStroke(), {}, 60.0);
        const QImage image =
            imageOf(figure).scaled(ink.width, ink.height, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
        double difference = 0.0;
        double inked = 0.0;
        for (int y = 0; y < ink.height; ++y) {
            for (int x = 0; x < ink.width; ++x) {
                const int there = ink.ink[static_cast<std::size_t>(y * ink.width + x)];
                difference += std::abs(there - qGray(image.pixel(x, y)));
                inked += there;
            }
        }
        QVERIFY(inked > 0.0);
        QVERIFY2(difference < 0.04 * inked, qPrintable(QString::number(difference / inked)));
        const Svg svg = readSvg(figure.svg());
        QCOMPARE(svg.images, 0);
        QVERIFY(svg.shapes > 20);
    }

    void longNamesFit()
    {
        QImage image(28, 28, QImage::Format_Grayscale8);
        image.fill(0);
        const std::vector<Prediction> predictions{{0, image, "Ankle boot", "Sandal <&>", false, 0.5}};
        const Svg svg = readSvg(predictionsFigure(predictions, 178.0).svg());
        QVERIFY2(svg.fault.isEmpty(), qPrintable(svg.fault));
        QVERIFY(svg.words.contains("Pred: Ankle boot"));
        QVERIFY(svg.words.contains("True: Sandal <&>"));
        const std::vector<std::vector<int>> confusion(40, std::vector<int>(40, 1));
        const Svg table =
            readSvg(confusionFigure(confusion, std::vector<std::string>(40, "Ankle boot"), 130.0).svg());
        QVERIFY(table.fault.isEmpty());
    }

    void menuOffersWhatThereIs()
    {
        const auto window = shown();
        auto* menu = window->findChild<ExportMenu*>();
        QVERIFY(menu);
        QVERIFY(window->menuBar()->actions().first()->menu()->actions().contains(menu->menuAction()));
        QTRY_VERIFY(window->workbench().store().data());
        emit menu->aboutToShow();
        QVERIFY(!actionOf(*menu, "ONNX model…")->isEnabled());
        QVERIFY(!actionOf(*menu, "History…")->isEnabled());
        QVERIFY(!actionOf(*menu, "Drawing…")->isEnabled());
        QVERIFY(actionOf(*menu, "Loss plot…")->isEnabled());
        QVERIFY(actionOf(*menu, "Copy command")->isEnabled());
        // Every entry has a key of its own, and so has the menu in the one that it stands in.
        std::set<QString> keys;
        for (const QAction* action : menu->actions()) {
            const QString key = QKeySequence::mnemonic(action->text()).toString();
            QVERIFY2(action->isSeparator() || (!key.isEmpty() && keys.insert(key).second),
                     qPrintable(action->text()));
        }
        int same = 0;
        for (const QAction* action : window->menuBar()->actions().first()->menu()->actions())
            same += QKeySequence::mnemonic(action->text()) == QKeySequence::mnemonic(menu->title()) ? 1 : 0;
        QCOMPARE(same, 1);
    }

    void copiesTheCommand()
    {
        const auto window = shown();
        auto* menu = window->findChild<ExportMenu*>();
        QTRY_VERIFY(window->workbench().store().data());
        TrainingSettings settings = window->workbench().document().settings();
        settings.seed = 99;
        window->workbench().document().edit(settings, "Seed");
        actionOf(*menu, "Copy command")->trigger();
        const auto* shownCommand = widgetNamed<QLabel>(*window, "Equivalent command");
        QVERIFY(shownCommand);
        QCOMPARE(QGuiApplication::clipboard()->text(), shownCommand->text());
        QVERIFY(shownCommand->text().contains("--seed 99"));
    }

    void everythingLeavesAfterARun()
    {
        m_theme->choose(ThemeChoice::Dark);
        const auto window = shown();
        auto* menu = window->findChild<ExportMenu*>();
        window->workbench().run();
        QTRY_COMPARE_WITH_TIMEOUT(window->workbench().training().state(), TrainingState::Finished, 60'000);
        QTRY_VERIFY(window->findChild<PredictionGrid*>()->tile(9)->prediction());
        emit menu->aboutToShow();
        for (const QAction* action : menu->actions()) {
            if (!action->text().contains(QLatin1String("raw"))) // nothing was drawn
                QVERIFY2(action->isEnabled(), qPrintable(action->text()));
        }
        QStringList news;
        QStringList problems;
        connect(menu, &ExportMenu::news, this, [&](const QString& text) { news << text; });
        connect(menu, &ExportMenu::problem, this,
                [&](const Error& error) { problems << QString::fromStdString(error.message()); });
        menu->exportTo(ExportKind::Npz, in("w.npz"));
        menu->exportTo(ExportKind::Onnx, in("w.onnx"));
        menu->exportTo(ExportKind::TorchScript, in("t.py"));
        menu->exportTo(ExportKind::NumPyScript, in("n.py"));
        menu->exportTo(ExportKind::History, in("h.csv"));
        menu->exportTo(ExportKind::Report, in("r.html"));
        menu->exportTo(ExportKind::Report, in("r.pdf"));
        menu->exportTo(ExportKind::Confusion, in("c.svg"));
        QTRY_VERIFY_WITH_TIMEOUT(news.contains("Saved c.svg"), 60'000);
        QCOMPARE(problems, QStringList());
        QVERIFY(content(in("w.npz")).startsWith("PK"));
        QVERIFY(content(in("w.onnx")).contains("Chainrule"));
        for (const char* name : {"t.py", "n.py", "t.weights.npz", "n.weights.npz", "r.pdf"})
            QVERIFY2(!content(in(name)).isEmpty(), name);
        QCOMPARE(content(in("h.csv")).count('\n'), 3); // header and two epochs
        const auto accuracy = widgetNamed<QLabel>(*window, "Test accuracy");
        QVERIFY(accuracy);

        // Pictures of a dark window are light.
        menu->savePicture(ExportMenu::Drawn::Loss, in("l.svg"));
        menu->savePicture(ExportMenu::Drawn::Accuracy, in("a.svg"));
        menu->savePicture(ExportMenu::Drawn::Predictions, in("p.svg"));
        QTRY_VERIFY_WITH_TIMEOUT(news.contains("Saved p.svg"), 60'000);
        QCOMPARE(problems, QStringList());
        const ThemeColors& light = themeColors(themePalette(false));
        const ThemeColors& dark = themeColors(themePalette(true));
        for (const char* name : {"l.svg", "a.svg", "p.svg", "c.svg"}) {
            const Svg svg = readSvg(content(in(name)));
            QVERIFY2(svg.fault.isEmpty(), qPrintable(svg.fault));
            QVERIFY(svg.colours.count(light.panel.name()) > 0);
            for (const QColor& color :
                 {dark.panel, dark.window, dark.text, dark.accent, dark.correct, dark.line})
                QVERIFY2(svg.colours.count(color.name()) == 0, name);
        }
        const Svg loss = readSvg(content(in("l.svg")));
        QCOMPARE(loss.words.filter(QRegularExpression("^training \\d")).size(), 1);
        QCOMPARE(readSvg(content(in("p.svg"))).images, 10);

        menu->copyPicture(ExportMenu::Drawn::Predictions);
        const QImage copied = QGuiApplication::clipboard()->image();
        QVERIFY(copied.width() > 1800);
        QCOMPARE(copied.pixelColor(0, copied.height() - 1), QColor(Qt::white));
        m_theme->choose(ThemeChoice::Light);
    }

    void problemsAreSaid()
    {
        const auto window = shown();
        auto* menu = window->findChild<ExportMenu*>();
        QTRY_VERIFY(window->workbench().store().data());
        QStringList problems;
        connect(menu, &ExportMenu::problem, this,
                [&](const Error& error) { problems << QString::fromStdString(error.message()); });
        menu->exportTo(ExportKind::Npz, in("nowhere/w.npz"));
        QTRY_COMPARE(problems.size(), 1);
        QVERIFY(problems.first().contains("its folder does not exist"));
        menu->savePicture(ExportMenu::Drawn::Loss, in("loss.txt"));
        QTRY_COMPARE(problems.size(), 2);
        // Programs tell these files by their endings.
        menu->exportTo(ExportKind::History, in("history.svg"));
        QTRY_COMPARE(problems.size(), 3);
        QVERIFY2(problems.last().contains("ends in .csv"), qPrintable(problems.last()));
        QVERIFY(!QFile::exists(in("history.svg")));
    }

    void theReportAsksWhoseItIs()
    {
        const auto window = trained();
        auto* menu = window->findChild<ExportMenu*>();
        const auto open = [&]() -> ReportDialog* {
            QAction* action = actionOf(*menu, QStringLiteral("Report…"));
            if (!action)
                return nullptr;
            emit menu->aboutToShow();
            action->trigger();
            return window->findChild<ReportDialog*>();
        };
        ReportDialog* dialog = open();
        QVERIFY(dialog);
        auto* title = widgetNamed<QLineEdit>(*dialog, QStringLiteral("Title of the report"));
        auto* author = widgetNamed<QLineEdit>(*dialog, QStringLiteral("Author of the report"));
        QVERIFY(title && author && title->text().isEmpty() && author->text().isEmpty());
        QVERIFY(!title->placeholderText().isEmpty()); // what it is called without
        title->setText(QStringLiteral("Exercise 3"));
        author->setText(QStringLiteral("  Ada   Example "));

        // The name of the file comes after.
        QTimer hand;
        int ticks = 0;
        connect(&hand, &QTimer::timeout, this, [&] {
            auto* chooser = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            if (!chooser || ++ticks < 10) // Qt puts the proposed name into the field once more
                return;
            auto* name = chooser->findChild<QLineEdit*>();
            name->setText(in("report.html"));
            QTest::keyClick(name, Qt::Key_Return);
        });
        hand.start(20);
        dialog->accept();
        hand.stop();
        QTRY_VERIFY_WITH_TIMEOUT(!menu->isBusy() && QFile::exists(in("report.html")), 60'000);
        const QString report = QString::fromUtf8(content(in("report.html")));
        QVERIFY(report.contains(QStringLiteral("Exercise 3")));
        QVERIFY(report.contains(QStringLiteral("Ada Example")));

        QTRY_VERIFY(!window->findChild<ReportDialog*>());
        dialog = open(); // the next one is by the same person, about something else
        QVERIFY(dialog);
        QCOMPARE(widgetNamed<QLineEdit>(*dialog, QStringLiteral("Author of the report"))->text(),
                 QStringLiteral("Ada Example"));
        QVERIFY(widgetNamed<QLineEdit>(*dialog, QStringLiteral("Title of the report"))->text().isEmpty());
        dialog->reject();
    }

    // The weights take their place first; the file system finds the script's name too long only then.
    void scriptsComeWithTheirWeightsOrNotAtAll()
    {
        const auto window = trained();
        auto* menu = window->findChild<ExportMenu*>();
        QStringList problems;
        connect(menu, &ExportMenu::problem, this,
                [&](const Error& error) { problems << QString::fromStdString(error.message()); });
        const QString script = in("long.") + QString(251, QLatin1Char('y'));
        menu->exportTo(ExportKind::NumPyScript, script);
        QTRY_COMPARE_WITH_TIMEOUT(problems.size(), 1, 60'000);
        QVERIFY2(problems.first().contains("long.yyy"), qPrintable(problems.first()));
        QVERIFY(!QFile::exists(in("long.weights.npz")));

        QFile older(in("long.weights.npz"));
        QVERIFY(older.open(QIODevice::WriteOnly) && older.write("older") == 5);
        older.close();
        menu->exportTo(ExportKind::NumPyScript, script);
        QTRY_COMPARE_WITH_TIMEOUT(problems.size(), 2, 60'000);
        QCOMPARE(content(in("long.weights.npz")), QByteArray("older"));
        QCOMPARE(QDir(m_folder.path()).entryList({"*chainrule-*"}, QDir::AllEntries | QDir::Hidden),
                 QStringList());
    }

    // The dialog adds the suffix, and then asks: what is replaced is what was asked for.
    void nothingIsReplacedUnasked_data()
    {
        QTest::addColumn<QString>("entry");
        QTest::addColumn<QString>("typed");
        QTest::addColumn<QStringList>("there");
        QTest::newRow("suffix added") << "History…"
                                      << "foo" << QStringList{"foo.csv"};
        QTest::newRow("suffix typed") << "Loss plot…"
                                      << "foo.png" << QStringList{"foo.png"};
        QTest::newRow("weights") << "NumPy script…"
                                 << "net" << QStringList{"net.weights.npz"};
        QTest::newRow("both") << "PyTorch script…"
                              << "both" << QStringList{"both.py", "both.weights.npz"};
    }

    void nothingIsReplacedUnasked()
    {
        QFETCH(const QString, entry);
        QFETCH(const QString, typed);
        QFETCH(const QStringList, there);
        const auto window = trained();
        auto* menu = window->findChild<ExportMenu*>();
        for (const QString& name : there) {
            QFile file(m_folder.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write("mine") == 4);
        }
        QSettings().setValue("exportFolder", m_folder.path());
        QAction* action = actionOf(*menu, entry);
        QVERIFY(action);
        emit menu->aboutToShow();
        QVERIFY(action->isEnabled());

        // First the question is answered with another name, then, asked again, with the replacement.
        int dialogs = 0;
        QStringList asked;
        QTimer hand;
        connect(&hand, &QTimer::timeout, this, [&] {
            QWidget* modal = QApplication::activeModalWidget();
            if (auto* question = qobject_cast<QMessageBox*>(modal)) {
                asked << question->text();
                for (auto* button : question->buttons()) {
                    if (button->text() == (asked.size() == 1 ? "Choose &another name" : "&Replace"))
                        button->click();
                }
            } else if (auto* dialog = qobject_cast<QFileDialog*>(modal)) {
                // Qt puts the proposed name into the field once more when the folder has been read.
                const int ticks = dialog->property("ticks").toInt();
                dialog->setProperty("ticks", ticks + 1);
                if (ticks < 10)
                    return;
                dialog->setProperty("ticks", 0);
                if (++dialogs > 2) {
                    dialog->reject();
                    return;
                }
                if (asked.size() == 1) {
                    for (const QString& name : there)
                        QCOMPARE(content(m_folder.filePath(name)), QByteArray("mine"));
                }
                auto* name = dialog->findChild<QLineEdit*>();
                name->setText(typed);
                QTest::keyClick(name, Qt::Key_Return);
            }
        });
        hand.start(20);
        action->trigger();
        hand.stop();
        QCOMPARE(asked.size(), 2);
        QCOMPARE(dialogs, 2);
        for (const QString& name : there)
            QVERIFY2(asked.first().contains(name), qPrintable(asked.first()));
        QTRY_VERIFY_WITH_TIMEOUT(!menu->isBusy(), 60'000);
        for (const QString& name : there)
            QVERIFY(content(m_folder.filePath(name)) != QByteArray("mine"));
    }

    // What a file is, its ending says: the name follows the chosen type.
    void namesFollowTheType()
    {
        const auto window = shown();
        auto* menu = window->findChild<ExportMenu*>();
        QSettings().setValue("exportFolder", m_folder.path());
        QStringList names;
        QTimer hand;
        connect(&hand, &QTimer::timeout, this, [&] {
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            if (!dialog)
                return;
            auto* name = dialog->findChild<QLineEdit*>();
            const auto choose = [&](int filter) {
                auto* types = dialog->findChild<QComboBox*>("fileTypeCombo");
                types->setCurrentIndex(filter);
                emit types->activated(filter);
                names << name->text();
            };
            names << name->text();
            choose(1);
            choose(2);
            dialog->reject();
        });
        hand.start(20);
        actionOf(*menu, "Loss plot…")->trigger();
        hand.stop();
        QCOMPARE(names, QStringList({"loss.svg", "loss.pdf", "loss.png"}));
    }

    void closingWaitsForWhatIsExported()
    {
        const auto window = shown();
        auto* menu = window->findChild<ExportMenu*>();
        const QStringList names{"wait1.png", "wait2.pdf", "wait3.svg"};
        for (const QString& name : names)
            menu->savePicture(ExportMenu::Drawn::Loss, m_folder.filePath(name));
        QVERIFY(menu->isBusy());
        QVERIFY(!window->close());
        QVERIFY(!window->close()); // once more changes nothing
        QVERIFY(window->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(!window->isVisible(), 60'000);
        for (const QString& name : names)
            QVERIFY2(QFileInfo(m_folder.filePath(name)).size() > 0, qPrintable(name));
    }

    void aWindowStaysWhoseExportFailed()
    {
        const auto window = shown();
        auto* menu = window->findChild<ExportMenu*>();
        menu->savePicture(ExportMenu::Drawn::Loss, in("stays.svg"));
        menu->savePicture(ExportMenu::Drawn::Loss, in("nowhere/loss.svg")); // the last: not said yet
        QVERIFY(!window->close());
        QTRY_VERIFY_WITH_TIMEOUT(!menu->isBusy(), 60'000);
        QVERIFY(window->isVisible());
        QVERIFY(QFile::exists(in("stays.svg")));
        QString said;
        for (const auto* bar : window->findChildren<MessageBar*>())
            said += bar->isVisible() ? bar->message() : QString();
        QVERIFY2(said.contains("its folder does not exist"), qPrintable(said));
        QVERIFY(window->close()); // it was said
    }

    void aClosingWindowCanBeKeptOrClosedAtOnce()
    {
        const auto window = shown();
        auto* menu = window->findChild<ExportMenu*>();
        const auto press = [&](const QString& text) {
            for (auto* button : window->findChildren<QPushButton*>()) {
                if (button->text() == text && button->isVisible()) {
                    button->click();
                    return true;
                }
            }
            return false;
        };
        menu->savePicture(ExportMenu::Drawn::Loss, in("kept.svg"));
        QVERIFY(!window->close());
        QVERIFY(press("Keep it open"));
        QTRY_VERIFY_WITH_TIMEOUT(!menu->isBusy(), 60'000);
        QVERIFY(window->isVisible());
        QVERIFY(QFile::exists(in("kept.svg")));
        menu->savePicture(ExportMenu::Drawn::Loss, in("late.svg"));
        QVERIFY(!window->close());
        QVERIFY(press("Close without waiting"));
        QVERIFY(!window->isVisible());
    }

    void contextMenusSavePictures()
    {
        const auto window = shown();
        int found = 0;
        for (const auto* plot : window->findChildren<CurvePlot*>()) {
            for (const QAction* action : plot->actions())
                found += action->text() == QStringLiteral("Save picture…") ? 1 : 0;
        }
        QCOMPARE(found, 2);
    }
};

QTEST_MAIN(TestExport)
#include "tst_export.moc"
