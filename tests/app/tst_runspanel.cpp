// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/theme.h"
#include "app/base/translations.h"
#include "app/runs/runlibrary.h"
#include "app/train/runspanel.h"
#include "app/window/preferences.h"

#include "core/formats/settingsjson.h"

#include "widgets/fields/messagebar.h"
#include "widgets/tables/runlistview.h"

#include "tests/app/windowelements.h"

#include <QAction>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

using namespace chainrule;

namespace {

constexpr int panelWidth = 256;

/// Adds a run in this state; its id.
std::string addRun(Library& library, RunState state)
{
    RunRecord run{newRunId(), "2026-12-01T11:53:00.125Z"};
    run.settings = settingsToJson(presets().front().settings);
    run.source = "digits";
    run.process = thisProcess();
    RunChanges changes;
    changes.progress = RunProgress{10, 17.3};
    if (state != RunState::Running) {
        changes.end = RunEnd{state};
        changes.end->progress = {10, 17.3};
    }
    return library.beginRun(run) && library.append(run.id, changes) ? run.id : std::string();
}

} // namespace

/// The list of runs at the window's right, and the library in the preferences.
class TestRunsPanel : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<ThemeSwitch> m_theme;
    std::shared_ptr<Library> m_file;
    std::unique_ptr<RunLibrary> m_library;
    std::unique_ptr<RunsPanel> m_panel;
    RunListView* m_table = nullptr;

    [[nodiscard]] QString path() const { return m_folder->filePath("library.db"); }
    [[nodiscard]] QPushButton* button(const QString& text) const
    {
        for (auto* each : m_panel->findChildren<QPushButton*>())
            if (each->text() == text)
                return each;
        return nullptr;
    }
    [[nodiscard]] int rows() const { return m_table->model()->rowCount(); }
    [[nodiscard]] QString said() const
    {
        const auto* label = widgetNamed<QLabel>(*m_panel, "About deleted runs");
        return label ? label->text() : QString();
    }

private slots:
    void initTestCase()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_folder->path());
        QCoreApplication::setOrganizationName("chainrule");
        QCoreApplication::setApplicationName("chainrule");
        m_theme = std::make_unique<ThemeSwitch>();
    }

    void init()
    {
        QSettings().clear();
        m_folder = std::make_unique<QTemporaryDir>();
        m_file = *Library::open(path().toStdString());
        for (const RunState state : {RunState::Finished, RunState::Diverged, RunState::Running})
            QVERIFY(!addRun(*m_file, state).empty());
        m_library = std::make_unique<RunLibrary>(path().toStdString());
        m_panel = std::make_unique<RunsPanel>(*m_library);
        m_panel->setFixedWidth(panelWidth);
        m_panel->resize(panelWidth, 700);
        m_panel->show();
        m_library->start();
        m_table = m_panel->findChild<RunListView*>();
        QTRY_COMPARE(rows(), 3);
    }

    void cleanup()
    {
        m_panel.reset();
        m_library.reset();
        m_file.reset();
    }

    void deletedRunsComeBack()
    {
        QVERIFY(!button("Delete run")->isEnabled()); // none is chosen
        QVERIFY(said().isEmpty());
        m_table->selectRow(1);
        QVERIFY(button("Delete run")->isEnabled());
        const std::string id = m_table->chosen()->run->id;
        m_table->setFocus();
        QTest::keyClick(m_table, Qt::Key_Delete);
        QTRY_COMPARE(rows(), 2);
        QVERIFY(m_file->find(id)->deleted);
        QCOMPARE(said(), QString("Run deleted."));
        m_table->selectRow(1);
        button("Delete run")->click();
        QTRY_COMPARE(rows(), 1);
        auto* undo = widgetNamed<QPushButton>(*m_panel, "Undo deleting");
        QVERIFY(undo);
        undo->click();
        QTRY_COMPARE(rows(), 2);
        QVERIFY(m_file->find(id)->deleted && undo->isVisible()); // the one before
        undo->click();
        QTRY_COMPARE(rows(), 3);
        QVERIFY(!m_file->find(id)->deleted && said().isEmpty());
        m_panel->undoStack().redo();
        QTRY_COMPARE(rows(), 2);
    }

    void aRunThatIsTrainedStays()
    {
        m_table->selectRow(0);
        QVERIFY(!button("Delete run")->isEnabled());
        QVERIFY(button("Delete run")->toolTip().contains("still being trained"));
        m_table->setFocus();
        QTest::keyClick(m_table, Qt::Key_Delete);
        QVERIFY(m_panel->undoStack().count() == 0);
        RunChanges end;
        end.end = RunEnd{RunState::Stopped};
        QVERIFY(m_file->append(m_table->chosen()->run->id, end));
        QTRY_VERIFY(button("Delete run")->isEnabled());
    }

    void pinsAndNames()
    {
        m_table->selectRow(2);
        const std::string id = m_table->chosen()->run->id;
        button("Pin")->click();
        QTRY_VERIFY(button("Unpin"));
        QVERIFY(m_file->find(id)->pinned);
        m_table->setFocus();
        QTest::keyClick(m_table, Qt::Key_F2);
        auto* field = m_table->findChild<QLineEdit*>();
        QVERIFY(field);
        QTest::keyClicks(field, " my  run ");
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_COMPARE(m_panel->runs().name(2), QString("my run"));
        QCOMPARE(m_file->find(id)->name, std::optional<std::string>("my run"));
        m_panel->undoStack().undo();
        QTRY_VERIFY(!m_file->find(id)->name);
        m_panel->undoStack().undo();
        QTRY_VERIFY(button("Pin"));
        QVERIFY(m_table->chosen() && m_table->chosen()->run->id == id);
    }

    void comparingCanBeLeftOut()
    {
        QSignalSpy compared(m_panel.get(), &RunsPanel::compared);
        m_table->selectRow(1);
        QCOMPARE(compared.size(), 1);
        QVERIFY(compared[0][0].value<RunPointer>());
        button("Compare")->click();
        QCOMPARE(compared.size(), 2);
        QVERIFY(!compared[1][0].value<RunPointer>());
        m_table->selectRow(2);
        QCOMPARE(compared.size(), 2);
        button("Compare")->click();
        QCOMPARE(compared.size(), 3);
        QCOMPARE(compared[2][0].value<RunPointer>()->id, m_table->chosen()->run->id);
    }

    void theFilterSaysWhenNothingIsFound()
    {
        auto* filter = widgetNamed<QLineEdit>(*m_panel, "Filter runs");
        QVERIFY(filter);
        QTest::keyClicks(filter, "diverged");
        QCOMPARE(rows(), 1);
        QTest::keyClicks(filter, "x");
        QCOMPARE(rows(), 0);
        QVERIFY(!m_table->isVisible());
        QVERIFY(widgetNamed<QLabel>(*m_panel, "About the runs"));
        filter->clear();
        QCOMPARE(rows(), 3);
        QVERIFY(m_table->isVisible());
    }

    void nothingIsCut()
    {
        for (const auto* each : m_panel->findChildren<QPushButton*>()) {
            if (each->isVisible())
                QVERIFY2(each->width() >= each->sizeHint().width(), qPrintable(each->text()));
        }
        const int room = m_table->columnWidth(RunListModel::NameColumn) - 12;
        QVERIFY(m_table->fontMetrics().horizontalAdvance("Interrupted, epoch 17.3") <= room);
        QVERIFY(m_panel->minimumSizeHint().width() <= panelWidth);
    }

    void theThemeIsChosen()
    {
        auto* dialog = new Preferences(*m_library, m_panel->runs(), *m_theme, m_panel.get());
        dialog->open();
        auto* theme = widgetNamed<QComboBox>(*dialog, "Theme");
        QVERIFY(theme);
        QSignalSpy chosen(m_theme.get(), &ThemeSwitch::chosen);
        theme->setCurrentIndex(theme->findText("Dark"));
        emit theme->activated(theme->currentIndex());
        QCOMPARE(chosen.size(), 1);
        QVERIFY(m_theme->choice() == ThemeChoice::Dark);
        m_theme->choose(ThemeChoice::System);

        auto* language = widgetNamed<QComboBox>(*dialog, "Language");
        QVERIFY(language);
        const int english = language->findData("en");
        QVERIFY(english > 0);
        language->setCurrentIndex(english);
        emit language->activated(english);
        QCOMPARE(translations::chosen(), QString("en"));
        QSettings().setValue("language", "none");
        QCOMPARE(translations::chosen(), QString());
    }

    void theBudgetIsKept()
    {
        QCOMPARE(RunLibrary::budget(), defaultBudget);
        auto* dialog = new Preferences(*m_library, m_panel->runs(), *m_theme, m_panel.get());
        dialog->open();
        auto* budget = widgetNamed<QDoubleSpinBox>(*dialog, "Budget for checkpoints");
        QVERIFY(budget);
        QCOMPARE(budget->value(), 2.0);
        budget->setValue(0.5);
        QCOMPARE(RunLibrary::budget(), std::uint64_t{1} << 29U);
        QCOMPARE(QSettings().value("libraryBudget").toDouble(), 0.5);
        for (const char* wrong : {"nonsense", "-1", "nan", "1e300"}) {
            QSettings().setValue("libraryBudget", wrong);
            QCOMPARE(RunLibrary::budget(), defaultBudget);
        }
    }

    void theLibraryIsCopiedCompactedAndCleared()
    {
        auto* dialog = new Preferences(*m_library, m_panel->runs(), *m_theme, m_panel.get());
        dialog->open();
        const auto press = [](QWidget* in, const QString& text) {
            for (auto* each : in->findChildren<QPushButton*>())
                if (each->text().remove('&') == text && each->isEnabled())
                    return each->click(), true;
            return false;
        };
        auto* bar = dialog->findChild<MessageBar*>();
        QTRY_VERIFY(
            widgetNamed<QLabel>(*dialog, "Size of the library")->text().contains("of which checkpoints"));

        const auto copyTo = [&](const QString& file) {
            if (!press(dialog, "Back up…"))
                return;
            auto* choice = dialog->findChild<QFileDialog*>();
            emit choice->fileSelected(file);
            choice->close();
        };
        copyTo(m_folder->filePath("copy.db"));
        QTRY_VERIFY2(bar->message().contains("was copied"), qPrintable(bar->message()));
        QCOMPARE((*Library::open(m_folder->filePath("copy.db").toStdString()))->list()->size(),
                 std::size_t{3});
        copyTo(path());
        QTRY_VERIFY2(bar->message().contains("library itself"), qPrintable(bar->message()));
        QTRY_VERIFY(press(dialog, "Compact"));
        QTRY_VERIFY2(bar->message().startsWith("Freed"), qPrintable(bar->message()));

        m_table->selectRow(1);
        button("Pin")->click();
        QTRY_VERIFY(button("Unpin"));
        QVERIFY(press(dialog, "Clear…"));
        auto* question = dialog->findChild<QMessageBox*>();
        QVERIFY(question);
        QVERIFY2(question->informativeText().contains("1 of 3"), qPrintable(question->informativeText()));
        QVERIFY(press(question, "Delete them"));
        QTRY_COMPARE(rows(), 2); // the pinned one and the one that is being trained
        QTRY_VERIFY2(bar->message().contains("Runs deleted: 1"), qPrintable(bar->message()));
        QCOMPARE(said(), QString("Runs deleted: 1"));
        m_panel->undoStack().undo();
        QTRY_COMPARE(rows(), 3);
        dialog->reject();
    }
};

QTEST_MAIN(TestRunsPanel)
#include "tst_runspanel.moc"
