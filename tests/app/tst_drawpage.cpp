// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/theme.h"
#include "app/base/translations.h"
#include "app/draw/drawpage.h"
#include "app/window/mainwindow.h"
#include "core/data/ink/drawings.h"
#include "core/data/readers/drawingfiles.h"
#include "core/data/readers/idx.h"
#include "tests/app/windowelements.h"
#include "tests/core/drawings.h"
#include "tests/core/idxbytes.h"
#include "widgets/fields/labelbuttons.h"
#include "widgets/images/drawingcanvas.h"
#include "widgets/images/imagestrip.h"
#include "widgets/images/seentile.h"
#include "widgets/network/activationstrips.h"
#include "widgets/style/accessibility.h"
#include "widgets/tables/probabilitytable.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QFileDialog>
#include <QFontInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QMimeData>
#include <QPainter>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QTabBar>
#include <QTemporaryDir>
#include <QtTest>

#include <memory>

using namespace chainrule;

namespace {

TrainingSettings quick()
{
    TrainingSettings settings = presets().front().settings;
    settings.data = "digits";
    settings.samples = {2000, 100, 100};
    settings.layers = {{32, Activation::Relu}, {10, Activation::Softmax}};
    settings.epochs = 6;
    return settings;
}

std::unique_ptr<MainWindow> shown(ThemeSwitch& theme, const TrainingSettings& settings = quick())
{
    auto window = std::make_unique<MainWindow>(settings, theme);
    window->resize(1360, 860);
    window->show();
    window->begin({}, {}, false);
    for (auto* tabs : window->findChildren<QTabBar*>()) {
        for (int i = 0; i < tabs->count(); ++i) {
            if (tabs->tabText(i) == QLatin1String("Draw"))
                tabs->setCurrentIndex(i);
        }
    }
    return window;
}

DrawPage& pageOf(MainWindow& window)
{
    return *window.findChild<DrawPage*>();
}

bool hasNetwork(MainWindow& window)
{
    const DrawNetwork* network = pageOf(window).session().network();
    return network && network->observer;
}

QString said(QWidget& window, const QString& label)
{
    const auto* found = widgetNamed<QLabel>(window, label);
    return found ? found->text() : QString();
}

// Draws with the mouse on the canvas as somebody would, at some places between the points.
void draw(DrawingCanvas& canvas, const std::vector<Stroke>& strokes)
{
    const double side = std::min(canvas.width(), canvas.height());
    const auto at = [&](const StrokePoint& point) {
        return QPoint(qRound((0.2 + 0.6 * point.x / 100.0) * side),
                      qRound((0.2 + 0.6 * point.y / 100.0) * side));
    };
    for (const Stroke& stroke : strokes) {
        QTest::mousePress(&canvas, Qt::LeftButton, {}, at(stroke.front()));
        for (std::size_t i = 1; i < stroke.size(); ++i) {
            for (int k = 1; k <= 4; ++k) {
                const double t = k / 4.0;
                QTest::mouseMove(&canvas, at({stroke[i - 1].x + t * (stroke[i].x - stroke[i - 1].x),
                                              stroke[i - 1].y + t * (stroke[i].y - stroke[i - 1].y)}));
            }
        }
        QTest::mouseRelease(&canvas, Qt::LeftButton, {}, at(stroke.back()));
    }
}

void train(MainWindow& window)
{
    QTRY_VERIFY(hasNetwork(window));
    window.workbench().run();
    QTRY_COMPARE_WITH_TIMEOUT(window.workbench().training().state(), TrainingState::Finished, 60'000);
    QTRY_VERIFY(pageOf(window).session().network()->epoch == quick().epochs);
}

} // namespace

class TestDrawPage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QVERIFY(m_folder.isValid());
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
        qputenv("XDG_DATA_HOME", m_folder.path().toLocal8Bit());
        installAccessibility();
        installTranslations(*qApp);
        qInstallMessageHandler(collect);
        m_theme = std::make_unique<ThemeSwitch>();
    }

    void init()
    {
        warnings.clear();
        QFile::remove(m_folder.filePath("chainrule/drawings.jsonl"));
    }

    void cleanup() { QVERIFY2(warnings.isEmpty(), qPrintable(warnings.join('\n'))); }

    void beforeTraining()
    {
        const auto window = shown(*m_theme);
        QTRY_VERIFY(hasNetwork(*window));
        QCOMPARE(said(*window, "Prediction"), QStringLiteral("–"));
        QCOMPARE(said(*window, "Certainty"), QStringLiteral("Nothing drawn yet"));
        draw(*pageOf(*window).canvas(), tests::drawnDigits()[3]);
        QTRY_VERIFY(said(*window, "Next guess").contains("untrained"));
        QVERIFY(said(*window, "Prediction") != QStringLiteral("–"));
    }

    void readsWhatIsDrawn()
    {
        const auto window = shown(*m_theme);
        train(*window);
        DrawPage& page = pageOf(*window);
        int right = 0;
        const auto digits = tests::drawnDigits();
        for (std::size_t i = 0; i < digits.size(); ++i) {
            page.session().clear();
            draw(*page.canvas(), digits[i]);
            QCoreApplication::processEvents();
            right += said(*window, "Prediction") == QString::number(i);
            const auto described = named(*window, QStringLiteral("Prediction"));
            QCOMPARE(described.front().description, said(*window, "Prediction"));
        }
        QVERIFY2(right >= 8, qPrintable(QString::number(right)));

        // The numbers are those of the network on what drawingInk() and prepareDigit() make of the strokes.
        const auto digit = prepareDigit(*drawingInk(page.session().drawing()));
        QVERIFY(digit);
        const auto& setup = *page.session().network()->setup;
        const auto parameters = window->workbench().presentParameters();
        Engine engine = makeEngine(*parameters, setup.settings.engine, setup.settings.precision, 0, 1);
        Dataset one;
        one.width = 28;
        one.height = 28;
        one.classes = 10;
        one.pixels.assign(digit->image.begin(), digit->image.end());
        one.labels = {0};
        const std::vector<std::uint32_t> samples{0};
        const auto expected = probabilities(engine, one, samples);
        const auto* table = widgetNamed<ProbabilityTable>(*window, "Class probabilities");
        for (int row = 0; row < 10; ++row) {
            const QString text = table->model()->index(row, 2).data().toString();
            QCOMPARE(text, QStringLiteral("%1 %").arg(
                               QLocale().toString(100.0 * expected[static_cast<std::size_t>(row)], 'f', 1)));
        }
        QVERIFY(said(*window, "Time of a reading").endsWith("ms"));
    }

    // Bars move with the pen, before it is lifted.
    void followsThePen()
    {
        const auto window = shown(*m_theme);
        QTRY_VERIFY(hasNetwork(*window));
        DrawPage& page = pageOf(*window);
        DrawingCanvas& canvas = *page.canvas();
        QTest::mousePress(&canvas, Qt::LeftButton, {}, {100, 60});
        QTest::mouseMove(&canvas, {100, 200});
        QTest::mouseMove(&canvas, {150, 250});
        QTRY_VERIFY(said(*window, "Prediction") != QStringLiteral("–"));
        QVERIFY(page.session().isEmpty());
        QTest::mouseRelease(&canvas, Qt::LeftButton, {}, {150, 250});
        QVERIFY(!page.session().isEmpty());
    }

    void undoAndRedo()
    {
        const auto window = shown(*m_theme);
        QTRY_VERIFY(hasNetwork(*window));
        DrawPage& page = pageOf(*window);
        auto* undo = widgetNamed<QPushButton>(*window, "Undo stroke");
        if (!undo) {
            for (auto* button : window->findChildren<QPushButton*>()) {
                if (button->text() == QLatin1String("Undo stroke"))
                    undo = button;
            }
        }
        QVERIFY(undo && !undo->isEnabled());
        draw(*page.canvas(), tests::drawnDigits()[4]);
        QCOMPARE(page.session().drawing().strokes.size(), std::size_t{2});
        const InkImage whole = page.canvas()->ink();
        QTest::mouseClick(undo, Qt::LeftButton);
        QCOMPARE(page.session().drawing().strokes.size(), std::size_t{1});
        QVERIFY(page.canvas()->ink() != whole);
        auto* redo = widgetNamed<QPushButton>(*window, "Redo stroke");
        QTest::mouseClick(redo, Qt::LeftButton);
        QVERIFY(page.canvas()->ink() == whole);
        page.session().clear();
        QVERIFY(page.session().isEmpty());
        page.session().drawingUndo().undo();
        QVERIFY(page.canvas()->ink() == whole);
        // Ctrl+Z is about what was edited last.
        QTest::keyClick(window.get(), Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(page.session().drawing().strokes.size(), std::size_t{1});
        TrainingSettings other = window->workbench().document().settings();
        other.epochs = 9;
        window->workbench().document().edit(other, "Epochs");
        QTest::keyClick(window.get(), Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(window->workbench().document().settings().epochs, quick().epochs);
        QCOMPARE(page.session().drawing().strokes.size(), std::size_t{1});
    }

    void pixelsThatMattered()
    {
        const auto window = shown(*m_theme);
        train(*window);
        DrawPage& page = pageOf(*window);
        draw(*page.canvas(), tests::drawnDigits()[7]);
        QTRY_VERIFY(said(*window, "Prediction") != QStringLiteral("–"));
        const QImage before = page.canvas()->grab().toImage();
        QVERIFY(!said(*window, "About the preparation").contains("Orange"));
        auto* table = widgetNamed<ProbabilityTable>(*window, "Class probabilities");
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {},
                          table->visualRect(table->model()->index(2, 1)).center());
        QVERIFY(said(*window, "About the preparation").contains("score of 2"));
        QVERIFY(page.canvas()->grab().toImage() != before);
        page.session().clear();
        QTRY_VERIFY(said(*window, "About the preparation").contains("Draw something"));
        QVERIFY(!table->chosenClass());
    }

    void theRawCanvas()
    {
        const auto window = shown(*m_theme);
        train(*window);
        DrawPage& page = pageOf(*window);
        // Small and in a corner: centring makes a one of it, shrinking hardly anything.
        DrawingCanvas& canvas = *page.canvas();
        QTest::mousePress(&canvas, Qt::LeftButton, {}, {30, 20});
        for (int y = 25; y <= 80; y += 5)
            QTest::mouseMove(&canvas, {30, y});
        QTest::mouseRelease(&canvas, Qt::LeftButton, {}, {30, 80});
        QTRY_COMPARE(said(*window, "Prediction"), QStringLiteral("1"));
        const auto* centred = widgetNamed<SeenTile>(*window, "Centred");
        auto* raw = widgetNamed<SeenTile>(*window, "Raw");
        QVERIFY(centred->accessibleDescription().startsWith("read as 1,"));
        QVERIFY(raw->accessibleDescription().startsWith("read as "));
        QVERIFY(raw->accessibleDescription() != centred->accessibleDescription());
        QTest::mouseClick(raw, Qt::LeftButton);
        const QString shownNow =
            said(*window, "Prediction") + ", " + said(*window, "Certainty").section(" sure", 0, 0);
        QCOMPARE(QStringLiteral("read as ") + shownNow, raw->accessibleDescription());
    }

    void nearestImages()
    {
        const auto window = shown(*m_theme);
        QTRY_VERIFY(hasNetwork(*window));
        DrawPage& page = pageOf(*window);
        draw(*page.canvas(), tests::drawnDigits()[0]);
        auto* strip = widgetNamed<ImageStrip>(*window, "Nearest training images");
        QTRY_COMPARE(strip->itemCount(), 6);
        page.session().clear();
        QTRY_COMPARE(strip->itemCount(), 0);
    }

    void keptDrawingsAreReadAgain()
    {
        const QString path = m_folder.filePath("chainrule/drawings.jsonl");
        {
            const auto window = shown(*m_theme);
            train(*window);
            DrawPage& page = pageOf(*window);
            auto* strip = widgetNamed<ImageStrip>(*window, "Your drawings");
            draw(*page.canvas(), tests::drawnDigits()[0]);
            page.canvas()->setFocus();
            QTest::keyClick(page.canvas(), Qt::Key_0);
            QCOMPARE(strip->itemCount(), 1);
            QVERIFY(QFileInfo::exists(path));
            page.session().clear();
            draw(*page.canvas(), tests::drawnDigits()[1]);
            auto* five = widgetNamed<QPushButton>(*window, "Keep as 5"); // which it is not
            QTRY_VERIFY(five->isEnabled());
            QTest::mouseClick(five, Qt::LeftButton);
            QTRY_COMPARE(said(*window, "Drawings recognised"), QStringLiteral("1 of 2 drawings recognised"));
            // An undone drawing is gone from the file too.
            page.session().keptUndo().undo();
            QCOMPARE(readDrawings(path.toStdString())->size(), std::size_t{1});
            page.session().keptUndo().redo();
            // Another network reads them anew.
            window->workbench().newWeights();
            QTRY_VERIFY(!page.session().network()->trained);
            QTRY_VERIFY(said(*window, "Drawings recognised").endsWith(" of 2 drawings recognised"));
        }
        const auto read = readDrawings(path.toStdString());
        QVERIFY(read);
        QCOMPARE(read->size(), std::size_t{2});
        QCOMPARE(*read->at(1).label, 5);
        // The next start has them, and one chosen there is on the canvas as it was drawn.
        const auto window = shown(*m_theme);
        auto* strip = widgetNamed<ImageStrip>(*window, "Your drawings");
        QTRY_COMPARE(strip->itemCount(), 2);
        QTest::mouseClick(strip->viewport(), Qt::LeftButton, {}, strip->pictureRect(0).center());
        QVERIFY(pageOf(*window).session().drawing().strokes == read->at(0).strokes);
        QTest::keyClick(strip, Qt::Key_Delete);
        QCOMPARE(strip->itemCount(), 1);
        QCOMPARE(readDrawings(path.toStdString())->size(), std::size_t{1});
    }

    void aBrokenFileIsNotLost()
    {
        const QString path = m_folder.filePath("chainrule/drawings.jsonl");
        QDir().mkpath(QFileInfo(path).path());
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"strokes\":[[[0,0],[1,1]]],\"lab");
        file.close();
        QFile::remove(path + ".unreadable");
        const auto window = shown(*m_theme);
        DrawPage& page = pageOf(*window);
        QSignalSpy problems(&page, &DrawPage::problem);
        QTRY_COMPARE(problems.size(), 1);
        draw(*page.canvas(), tests::drawnDigits()[0]);
        QVERIFY(page.session().keep(0));
        QVERIFY(QFileInfo::exists(path + ".unreadable"));
        QCOMPARE(readDrawings(path.toStdString())->size(), std::size_t{1});
        QFile::remove(path + ".unreadable");
    }

    // A key that keeps says what went wrong, and never "Kept".
    void whatCannotBeKeptIsSaid()
    {
        const auto window = shown(*m_theme);
        DrawPage& page = pageOf(*window);
        QSignalSpy read(&page.session(), &DrawSession::keptChanged);
        QTRY_VERIFY(!read.isEmpty());
        // A file where the folder should be.
        QVERIFY(QDir(m_folder.filePath("chainrule")).removeRecursively());
        QFile inTheWay(m_folder.filePath("chainrule"));
        QVERIFY(inTheWay.open(QIODevice::WriteOnly));
        inTheWay.close();
        const auto back = qScopeGuard([&] { inTheWay.remove(); });
        QSignalSpy problems(&page, &DrawPage::problem);
        QSignalSpy news(&page, &DrawPage::news);
        draw(*page.canvas(), tests::drawnDigits()[7]);
        QTest::keyClick(page.canvas(), Qt::Key_7);
        QCOMPARE(problems.size(), 1);
        QCOMPARE(news.size(), 0);
        QVERIFY(page.session().kept().empty());
        QVERIFY(!page.session().isEmpty());
        bool shownStill = false;
        for (const auto* label : window->findChildren<QLabel*>())
            shownStill |= label->isVisible() && label->text().contains("keep the drawing again");
        QVERIFY(shownStill);

        QVERIFY(inTheWay.remove());
        QTest::keyClick(page.canvas(), Qt::Key_7);
        QCOMPARE(problems.size(), 1);
        QCOMPARE(news.size(), 1);
        QCOMPARE(page.session().kept().size(), std::size_t{1});
        const QString path = m_folder.filePath("chainrule/drawings.jsonl");
        QCOMPARE(readDrawings(path.toStdString())->size(), std::size_t{1});

        // The strip's Delete.
        QVERIFY(QDir(m_folder.filePath("chainrule")).removeRecursively());
        QVERIFY(inTheWay.open(QIODevice::WriteOnly));
        inTheWay.close();
        emit window->findChild<DrawPage*>()->findChildren<ImageStrip*>().last()->removalWanted(0);
        QCOMPARE(problems.size(), 2);
        QCOMPARE(page.session().kept().size(), std::size_t{1});
    }

    void trainsOnDrawings()
    {
        const auto window = shown(*m_theme);
        QTRY_VERIFY(hasNetwork(*window));
        DrawPage& page = pageOf(*window);
        auto* box = window->findChild<QCheckBox*>();
        for (auto* each : page.findChildren<QCheckBox*>())
            box = each;
        QVERIFY(!box->isEnabled());
        draw(*page.canvas(), tests::drawnDigits()[2]);
        QVERIFY(page.session().keep(2));
        QVERIFY(box->isEnabled());
        QTest::mouseClick(box, Qt::LeftButton);
        QCOMPARE(window->workbench().document().settings().drawings, page.session().file().toStdString());
        window->workbench().run();
        QTRY_COMPARE_WITH_TIMEOUT(window->workbench().training().state(), TrainingState::Finished, 60'000);
        QCOMPARE(window->workbench().training().setup()->split.training.size(), std::size_t{2001});
        window->workbench().document().undoStack().undo();
        QVERIFY(!box->isChecked());
    }

    void imagesAreReadToo()
    {
        const auto window = shown(*m_theme);
        train(*window);
        DrawPage& page = pageOf(*window);
        QImage photo(300, 200, QImage::Format_RGB32);
        photo.fill(QColor(240, 235, 220));
        QPainter painter(&photo);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(QColor(20, 30, 90), 14, Qt::SolidLine, Qt::RoundCap));
        painter.drawLine(150, 40, 150, 160);
        painter.end();
        QApplication::clipboard()->setImage(photo);
        QTest::keyClick(page.canvas(), Qt::Key_V, Qt::ControlModifier);
        QTRY_COMPARE(said(*window, "Prediction"), QStringLiteral("1"));
        QCOMPARE(page.session().drawing().picture.width, 300);
        // Something drawn over it is one drawing with it.
        draw(*page.canvas(), {{{0, 50}, {100, 50}}});
        QCOMPARE(page.canvas()->ink().width, canvasSide);
        QVERIFY(page.session().keep(4));
        QVERIFY(page.session().kept().front()->sample.picture.width == 300);

        QSignalSpy problems(&page, &DrawPage::problem);
        QApplication::clipboard()->setText("seven");
        QTest::keyClick(page.canvas(), Qt::Key_V, Qt::ControlModifier);
        QCOMPARE(problems.size(), 1);
        QTemporaryDir folder;
        const QString path = folder.filePath("broken.png");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("no image");
        file.close();
        page.openFile(path);
        QCOMPARE(problems.size(), 2);
        QVERIFY(QString::fromStdString(problems[1][0].value<Error>().message()).contains("broken.png"));
        QImage white(50, 50, QImage::Format_RGB32);
        white.fill(Qt::white);
        QVERIFY(white.save(folder.filePath("white.png")));
        page.openFile(folder.filePath("white.png"));
        QCOMPARE(problems.size(), 3);
    }

    void otherDataSets()
    {
        const auto window = shown(*m_theme);
        QTRY_VERIFY(hasNetwork(*window));
        DrawPage& page = pageOf(*window);
        draw(*page.canvas(), tests::drawnDigits()[5]);
        TrainingSettings toy = window->workbench().document().settings();
        toy.data = "xor";
        window->workbench().document().edit(toy, "Data set");
        QTRY_VERIFY(page.session().network()->error);
        QTRY_COMPARE(said(*window, "Certainty"), QStringLiteral("This network reads no drawings"));
        QPushButton* mend = nullptr;
        for (auto* button : page.findChildren<QPushButton*>()) {
            if (button->text() == QLatin1String("Use built-in digits"))
                mend = button;
        }
        QVERIFY(mend && mend->isVisible());
        QTest::mouseClick(mend, Qt::LeftButton);
        QTRY_VERIFY(hasNetwork(*window));
        QTRY_VERIFY(said(*window, "Prediction") != QStringLiteral("–"));
    }

    void exports()
    {
        const auto window = shown(*m_theme);
        QTRY_VERIFY(hasNetwork(*window));
        DrawSession& session = pageOf(*window).session();
        QTemporaryDir folder;
        QVERIFY(!session.exportIdx(folder.path()));
        for (int digit = 0; digit < 3; ++digit) {
            session.clear();
            draw(*pageOf(*window).canvas(), tests::drawnDigits()[static_cast<std::size_t>(digit)]);
            QVERIFY(session.keep(digit));
        }
        QVERIFY(session.exportIdx(folder.path()));
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 4);
        const auto again = session.exportIdx(folder.path());
        QVERIFY(!again); // nothing is overwritten
        QVERIFY(!session.exportIdx(folder.filePath("none")));
    }

    // Whoever exports into a folder with such files is told their names, and nothing happens unasked.
    void exportAsksBeforeItReplaces()
    {
        const auto window = shown(*m_theme);
        QTRY_VERIFY(hasNetwork(*window));
        DrawPage& page = pageOf(*window);
        for (int digit = 0; digit < 3; ++digit) {
            page.session().clear();
            draw(*page.canvas(), tests::drawnDigits()[static_cast<std::size_t>(digit)]);
            QVERIFY(page.session().keep(digit));
        }
        QTemporaryDir folder;
        const QStringList there{"train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};
        for (const QString& name : there) {
            QFile file(folder.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write("mine") == 4);
        }
        const auto untouched = [&] {
            return std::ranges::all_of(
                there, [&](const QString& name) { return QFileInfo(folder.filePath(name)).size() == 4; });
        };
        QAction* action = nullptr;
        for (auto* each : page.findChildren<QAction*>()) {
            if (each->text().remove('&').startsWith("Export your drawings"))
                action = each;
        }
        QVERIFY(action);
        // The question is first answered with another folder, then with the replacement.
        int dialogs = 0;
        QStringList asked;
        QStringList verbs;
        bool keptSoFar = true;
        QTimer hand;
        connect(&hand, &QTimer::timeout, this, [&] {
            QWidget* modal = QApplication::activeModalWidget();
            if (auto* question = qobject_cast<QMessageBox*>(modal)) {
                asked << question->text();
                keptSoFar = keptSoFar && untouched();
                for (auto* button : question->buttons()) {
                    verbs << button->text().remove('&');
                    if (button->text() == (asked.size() == 1 ? "Choose &another folder" : "&Replace"))
                        button->click();
                }
            } else if (auto* dialog = qobject_cast<QFileDialog*>(modal)) {
                if (++dialogs > 2) {
                    dialog->reject();
                    return;
                }
                keptSoFar = keptSoFar && untouched();
                auto* name = dialog->findChild<QLineEdit*>();
                name->setText(folder.path());
                QTest::keyClick(name, Qt::Key_Return);
            }
        });
        hand.start(20);
        action->trigger();
        hand.stop();
        QCOMPARE(dialogs, 2);
        QCOMPARE(asked.size(), 2);
        QVERIFY(keptSoFar);
        QVERIFY(verbs.contains("Replace") && verbs.contains("Choose another folder"));
        for (const char* name : idxFileNames)
            QCOMPARE(asked.first().contains(QLatin1String(name)), there.contains(QLatin1String(name)));
        QVERIFY(!untouched());
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 4);
        const auto read = loadIdxFolder(folder.path().toStdString());
        QVERIFY(read);
        QCOMPARE(read->labels.size(), std::size_t{3});
        // A packed file would stay beside the new one and be another set's.
        QVERIFY(QFile::rename(folder.filePath(there.first()), folder.filePath(there.first() + ".gz")));
        QVERIFY(!page.session().exportIdx(folder.path(), true));
    }

    void showsTheDrawingAsAGraph()
    {
        const auto window = shown(*m_theme);
        train(*window);
        DrawPage& page = pageOf(*window);
        draw(*page.canvas(), tests::drawnDigits()[7]);
        QTRY_VERIFY(said(*window, "Prediction") != QStringLiteral("–"));
        QSignalSpy wanted(&page, &DrawPage::graphWanted);
        QTest::keyClick(window.get(), Qt::Key_G, Qt::ControlModifier);
        QCOMPARE(wanted.size(), 1);
        QVERIFY(!page.isVisible());
        const auto drawing = wanted[0][0].value<std::shared_ptr<const Dataset>>();
        QCOMPARE(sampleCount(*drawing), std::size_t{1});
    }

    void fits_data()
    {
        QTest::addColumn<QSize>("size");
        QTest::addColumn<double>("points");
        QTest::newRow("small") << QSize(1024, 660) << 10.0;
        QTest::newRow("smaller") << QSize(1008, 652) << 10.0;
        QTest::newRow("usual") << QSize(1360, 860) << 10.0;
        QTest::newRow("large letters") << QSize(1360, 1000) << 14.0;
    }

    void fits()
    {
        QFETCH(const QSize, size);
        QFETCH(const double, points);
        const QFont before = QApplication::font();
        QFont font = before;
        font.setPointSizeF(points);
        QApplication::setFont(font);
        {
            TrainingSettings settings = presets().front().settings;
            settings.data = "digits";
            const auto window = shown(*m_theme, settings);
            QTRY_VERIFY(hasNetwork(*window));
            window->resize(size);
            draw(*pageOf(*window).canvas(), tests::drawnDigits()[8]);
            QTest::qWait(300);
            QCOMPARE(window->size(), size);
            DrawPage& page = pageOf(*window);
            QVERIFY(page.canvas()->width() >= 196);
            QCOMPARE(page.canvas()->width(), page.canvas()->height());
            for (const auto* scroll : page.findChildren<QScrollArea*>()) {
                QVERIFY(scroll->widget()->width() <= scroll->viewport()->width());
                if (points < 12.0)
                    QVERIFY2(!scroll->verticalScrollBar()->isVisible(),
                             qPrintable(QStringLiteral("%1 in %2")
                                            .arg(scroll->widget()->height())
                                            .arg(scroll->height())));
            }
            // Nothing reaches into what is below it.
            int bottom = 0;
            for (const auto* each : page.findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly)) {
                if (each->isVisible())
                    bottom = std::max(bottom, each->geometry().bottom());
            }
            QVERIFY(bottom < page.height());
            for (auto* tabs : window->findChildren<QTabBar*>()) {
                if (tabs->accessibleName() == QLatin1String("Pages"))
                    QVERIFY(tabs->width() >= tabs->sizeHint().width());
            }
        }
        QApplication::setFont(before);
    }

    void longClassNamesHaveRoom_data()
    {
        QTest::addColumn<QStringList>("names");
        QTest::newRow("clothes") << QStringList{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
        QTest::newRow("three") << QStringList{"Trouser", "Raincoat", "Pullover"};
        QTest::newRow("short ones") << QStringList{"Top",    "Pants", "Pullov", "Dress", "Coat",
                                                   "Sandal", "Shirt", "Sneak",  "Bag",   "Boot"};
    }

    void longClassNamesHaveRoom()
    {
        QFETCH(QStringList, names);
        QTemporaryDir folder;
        const auto file = [&folder](const char* name) { return folder.filePath(QString::fromLatin1(name)); };
        QList<int> labels;
        for (int i = 0; i < 120; ++i)
            labels << i % static_cast<int>(names.size());
        QVERIFY(idxbytes::write(file("train-images-idx3-ubyte"), idxbytes::imagesFile(120, 28, 28)));
        QVERIFY(idxbytes::write(file("train-labels-idx1-ubyte"), idxbytes::labelsFile(labels)));
        QVERIFY(idxbytes::write(file("classes.txt"), names.join('\n').toUtf8()));
        TrainingSettings settings = quick();
        settings.data = folder.path().toStdString();
        settings.samples = {80, 20, 20};
        ThemeSwitch theme;
        const auto window = shown(theme, settings);
        window->resize(1024, 700);
        QTRY_VERIFY(hasNetwork(*window));
        draw(*window->findChild<DrawingCanvas*>(), tests::drawnDigits()[7]);
        const auto* prediction = widgetNamed<QLabel>(*window, "Prediction");
        QTRY_VERIFY(names.contains(prediction->text()));
        QTRY_VERIFY(prediction->width() >= prediction->fontMetrics().horizontalAdvance(prediction->text()));
        const auto* labelButtons = window->findChild<LabelButtons*>();
        const auto children = labelButtons->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly);
        QVERIFY(children.size() >= 2);
        for (const QWidget* child : children) {
            QVERIFY(labelButtons->rect().contains(child->geometry()));
            for (const QWidget* other : children)
                QVERIFY(child == other || !child->geometry().intersects(other->geometry()));
        }
    }

private:
    QTemporaryDir m_folder;
    std::unique_ptr<ThemeSwitch> m_theme;
};

QTEST_MAIN(TestDrawPage)
#include "tst_drawpage.moc"
