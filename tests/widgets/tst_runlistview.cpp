// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tables/runlistview.h"

#include <QHeaderView>
#include <QLineEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

using namespace chainrule;

namespace {

ListedRunPointer listed(int number, std::optional<std::string> name = {})
{
    Run run;
    run.id = "id-" + std::to_string(number);
    run.settings.layers = {{32, Activation::Relu}, {10, Activation::Softmax}};
    run.settings.seed = static_cast<std::uint64_t>(1000 + number);
    run.settings.data = number % 2 ? "mnist" : "digits";
    const RunState state = number % 5 == 3 ? RunState::Diverged : RunState::Finished;
    return std::make_shared<const ListedRun>(
        ListedRun{std::make_shared<const Run>(std::move(run)), state, std::move(name)});
}

std::vector<ListedRunPointer> runs(int count)
{
    std::vector<ListedRunPointer> all;
    for (int i = 0; i < count; ++i)
        all.push_back(listed(i));
    return all;
}

} // namespace

class TestRunListView : public QObject {
    Q_OBJECT

    std::unique_ptr<RunListModel> m_model;
    std::unique_ptr<RunListView> m_view;

    [[nodiscard]] QString idAtTop() const
    {
        const QModelIndex top = m_view->indexAt({5, 5});
        return top.data(RunListModel::SearchRole).toString().section('\n', 3, 3);
    }

    void choose(int row) { m_view->selectRow(row); }

private slots:
    void init()
    {
        QLocale::setDefault(QLocale::c());
        m_model = std::make_unique<RunListModel>();
        m_view = std::make_unique<RunListView>(*m_model);
        m_view->resize(224, 400);
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    }

    void cleanup()
    {
        m_view.reset();
        m_model.reset();
    }

    // However many there are: none of them is asked for its height.
    void allRowsHaveOneHeight()
    {
        m_model->setRuns(runs(2000));
        QCOMPARE(m_view->verticalHeader()->sectionResizeMode(0), QHeaderView::Fixed);
        const int height = m_view->rowHeight(0);
        QVERIFY(height >= 2 * m_view->fontMetrics().height());
        QCOMPARE(m_view->rowHeight(1999), height);
        auto all = runs(2000);
        all[3] = listed(3, std::string(150, 'x'));
        m_model->setRuns(all);
        QVERIFY(m_view->rowHeight(0) > height);
        QCOMPARE(m_view->rowHeight(1999), m_view->rowHeight(0));
        QVERIFY(m_view->rowHeight(0) < 6 * m_view->fontMetrics().height());
    }

    void theFilterFindsWords()
    {
        auto all = runs(10);
        all[4] = listed(4, "The Best");
        m_model->setRuns(all);
        const auto found = [this](const QString& words) {
            m_view->setFilter(words);
            return m_view->model()->rowCount();
        };
        QCOMPARE(found(""), 10);
        QCOMPARE(found("best"), 1);
        QCOMPARE(found("seed 1007"), 1);
        QCOMPARE(found("MNIST"), 5);
        QCOMPARE(found(" mnist  diverged "), 1);
        QCOMPARE(found("id-9"), 1);
        QCOMPARE(found("none"), 0);
        all.push_back(listed(10, "none of these"));
        m_model->setRuns(all);
        QCOMPARE(m_view->model()->rowCount(), 1);
        QCOMPARE(found(""), 11);
    }

    void choiceAndPlaceStay()
    {
        auto all = runs(100);
        m_model->setRuns(all);
        QSignalSpy chosen(m_view.get(), &RunListView::chosenChanged);
        choose(50);
        QCOMPARE(m_view->chosen()->run->id, std::string("id-49"));
        QCOMPARE(chosen.size(), 1);
        m_view->verticalScrollBar()->setValue(30 * m_view->rowHeight(0));
        const QString top = idAtTop();
        QCOMPARE(top, QString("id-69"));
        all.push_back(listed(100)); // a run begins
        all.push_back(listed(101));
        m_model->setRuns(all);
        QCOMPARE(idAtTop(), top);
        all.erase(all.end() - 5, all.end() - 2); // others are deleted
        m_model->setRuns(all);
        QCOMPARE(idAtTop(), top);
        QCOMPARE(m_view->chosen()->run->id, std::string("id-49"));
        for (int i = 200; i < 300; ++i) // another library, so to speak
            all.push_back(listed(i));
        m_model->setRuns(all);
        QCOMPARE(m_view->chosen()->run->id, std::string("id-49"));
        m_view->verticalScrollBar()->setValue(0);
        all.push_back(listed(400));
        m_model->setRuns(all);
        QCOMPARE(idAtTop(), QString("id-400")); // what begins is seen
    }

    void aNameIsEditedInPlace()
    {
        auto all = runs(5);
        m_model->setRuns(all);
        choose(2);
        QSignalSpy wanted(m_model.get(), &RunListModel::renameWanted);
        m_view->editName();
        auto* field = m_view->findChild<QLineEdit*>();
        QVERIFY(field && field->isVisible());
        QCOMPARE(field->text(), QString());
        QCOMPARE(field->placeholderText(), m_model->name(2));
        QTest::keyClicks(field, "my");
        all[2] = listed(2); // the run goes on meanwhile
        all.push_back(listed(5));
        m_model->setRuns(all);
        QCOMPARE(field->text(), QString("my"));
        QTest::keyClicks(field, " run");
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_COMPARE(wanted.size(), 1);
        QCOMPARE(wanted[0][0].value<std::string>(), std::string("id-2"));
        QCOMPARE(wanted[0][1].toString(), QString("my run"));
    }

    void aDoubleClickAnywhereEdits()
    {
        m_model->setRuns(runs(5));
        const QRect cell = m_view->visualRect(m_view->model()->index(1, RunListModel::TestColumn));
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, cell.center());
        QTest::mouseDClick(m_view->viewport(), Qt::LeftButton, {}, cell.center());
        auto* field = m_view->findChild<QLineEdit*>();
        QVERIFY(field && field->isVisible());
        QTest::keyClick(field, Qt::Key_Escape);
    }
};

QTEST_MAIN(TestRunListView)
#include "tst_runlistview.moc"
