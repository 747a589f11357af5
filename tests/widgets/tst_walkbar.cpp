// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scalar/expression/expression.h"

#include "widgets/graph/walk/walkbar.h"
#include "widgets/style/style.h"

#include <QAccessible>
#include <QApplication>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>

#include <memory>

using namespace chainrule;
using Step = WalkBar::Step;

namespace {

std::unique_ptr<GraphContent> contentOf(std::string_view text, const scalar::VariableValues& values)
{
    auto content = std::make_unique<GraphContent>();
    content->named = scalar::parseExpression(text, values).value();
    content->walk = scalar::makeWalk(content->named.graph, content->named.root);
    return content;
}

/// The assignment's expression: L = 16, a = -24, b = 16, c = e = d = 8.
std::unique_ptr<GraphContent> assignment()
{
    return contentOf("e = a*b; d = e + c; L = d^2", {{"a", 2.0}, {"b", -3.0}, {"c", 10.0}});
}

void backward(GraphContent& content, int steps)
{
    for (int i = 0; i < steps; ++i)
        scalar::stepBackward(content.named.graph, content.walk);
}

QLabel* label(const WalkBar& bar, const QString& name)
{
    for (QLabel* each : bar.findChildren<QLabel*>()) {
        if (each->accessibleName() == name)
            return each;
    }
    return nullptr;
}

QList<bool> enabled(const WalkBar& bar)
{
    QList<bool> result;
    for (const Step step :
         {Step::Reset, Step::Back, Step::Forward, Step::Backward, Step::RunBackward, Step::Zero})
        result << bar.button(step)->isEnabled();
    return result;
}

} // namespace

class TestWalkBar : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QLocale::setDefault(QLocale::c());
        applyTheme(*qApp, false);
    }

    void writesTheChainRuleWithItsNumbers()
    {
        const auto content = assignment();
        WalkBar bar;
        bar.resize(900, 150);
        bar.show();
        bar.setContent(content.get());
        const QLabel* rule = label(bar, "Chain rule");
        QVERIFY(rule);
        // Until the multiplication is visited: its gradient is 8, its factors are 2 and -3.
        while (!content->walk.visit ||
               labelOf(content->named, content->walk.visit->node) != std::string("e")) {
            scalar::stepBackward(content->named.graph, content->walk);
            QVERIFY(content->walk.position.passes == 0);
        }
        bar.showValues();
        const QString first = QString::fromUtf8("a.grad += ∂e/∂a · e.grad = b · e.grad = (−3) · 8 = −24");
        const QString second = QString::fromUtf8("b.grad += ∂e/∂b · e.grad = a · e.grad = 2 · 8 = 16");
        QCOMPARE(bar.chainRule(), first + '\n' + second);
        const auto* accessible = QAccessible::queryAccessibleInterface(const_cast<QLabel*>(rule));
        QCOMPARE(accessible->text(QAccessible::Name), QString("Chain rule"));
        QCOMPARE(accessible->text(QAccessible::Description), bar.chainRule());
        QCOMPARE(accessible->role(), QAccessible::StaticText);
        QVERIFY(bar.where().contains("of 6"));
        QCOMPARE(label(bar, "Walk")->accessibleDescription(), bar.where());
    }

    void buttonsAreEnabledWhereTheyDoSomething()
    {
        const auto content = assignment();
        WalkBar bar;
        QCOMPARE(enabled(bar), (QList<bool>{false, false, false, false, false, false}));
        bar.setContent(content.get());
        QCOMPARE(enabled(bar), (QList<bool>{false, false, true, true, true, true}));
        backward(*content, 1);
        bar.showValues();
        QCOMPARE(enabled(bar), (QList<bool>{true, true, true, true, true, true}));
        scalar::zeroGradientsStep(content->named.graph, content->walk);
        bar.showValues();
        QCOMPARE(enabled(bar), (QList<bool>{true, true, true, true, true, false}));
        scalar::resetWalk(content->named.graph, content->walk);
        bar.showValues();
        QCOMPARE(enabled(bar), (QList<bool>{false, false, true, true, true, true}));
        bar.setContent(nullptr);
        QCOMPARE(enabled(bar), (QList<bool>{false, false, false, false, false, false}));
        QCOMPARE(bar.chainRule(), QString());
        QCOMPARE(label(bar, "Chain rule")->accessibleDescription(), QString());
    }

    void eachButtonSaysItsWish()
    {
        const auto content = assignment();
        backward(*content, 1);
        WalkBar bar;
        bar.setContent(content.get());
        const std::pair<Step, std::pair<QString, void (WalkBar::*)()>> wishes[] = {
            {Step::Reset, {"Reset walk", &WalkBar::resetWanted}},
            {Step::Back, {"Step back", &WalkBar::stepBackWanted}},
            {Step::Forward, {"Forward step", &WalkBar::forwardStepWanted}},
            {Step::Backward, {"Backward step", &WalkBar::backwardStepWanted}},
            {Step::RunBackward, {"Run backward", &WalkBar::runBackwardWanted}},
            {Step::Zero, {"Zero gradients", &WalkBar::zeroGradientsWanted}},
        };
        for (const auto& [step, wish] : wishes) {
            const QSignalSpy spy(&bar, wish.second);
            QCOMPARE(bar.button(step)->accessibleName(), wish.first);
            QVERIFY(bar.button(step)->toolTip().startsWith(wish.first));
            QVERIFY(!bar.button(step)->icon().isNull());
            QTest::keyClick(bar.button(step), Qt::Key_Space);
            QCOMPARE(spy.count(), 1);
        }
        bar.showShortcut(Step::Backward, QKeySequence(Qt::Key_F7));
        QVERIFY(bar.button(Step::Backward)->toolTip().startsWith("Backward step (F7)\n"));
    }

    void pilingUpIsSeen()
    {
        const auto content = assignment();
        WalkBar bar;
        bar.resize(900, 150);
        bar.show();
        bar.setContent(content.get());
        const QLabel* sign = label(bar, "Gradients pile up");
        QVERIFY(sign->isHidden());
        backward(*content, 6);
        bar.showValues();
        QVERIFY(sign->isHidden());
        backward(*content, 1);
        bar.showValues();
        QVERIFY(sign->isVisible());
        QVERIFY(bar.chainRule().contains("not zeroed"));
        scalar::resetWalk(content->named.graph, content->walk);
        bar.showValues();
        QVERIFY(sign->isHidden());
    }

    void nothingMovesOrIsClipped_data()
    {
        QTest::addColumn<int>("points");
        QTest::addColumn<int>("width");
        for (const int points : {10, 14}) {
            for (const int width : {440, 620, 900, 1400})
                QTest::addRow("%d points, %d wide", points, width) << points << width;
        }
    }

    void nothingMovesOrIsClipped()
    {
        QFETCH(int, points);
        QFETCH(int, width);
        QWidget page;
        QFont font = page.font();
        font.setPointSize(points);
        page.setFont(font);
        auto* layout = new QVBoxLayout(&page);
        auto* bar = new WalkBar;
        layout->setContentsMargins(0, 0, 0, 0);
        layout->addWidget(bar);
        layout->addStretch();
        page.resize(width, 400);
        page.show();
        // Long names, many nodes, and gradients of several paths that pile up.
        const auto content = contentOf("first_weight_of_all = alpha*beta; d = first_weight_of_all*alpha + "
                                       "gamma*alpha; L = sigmoid(d*d) * first_weight_of_all",
                                       {{"alpha", -0.123456}, {"beta", 3.21987}, {"gamma", -7.654321}});
        bar->setContent(content.get());
        QCoreApplication::processEvents();
        QCoreApplication::processEvents();
        const int height = bar->height();
        QList<QRect> places;
        for (int i = 0; i < 6; ++i)
            places << bar->button(static_cast<Step>(i))->geometry();
        QLabel* rule = label(*bar, "Chain rule");
        QLabel* where = label(*bar, "Walk");
        const auto* scroll = bar->findChild<QScrollArea*>();
        for (int step = 0; step < 40; ++step) {
            QCOMPARE(bar->height(), height);
            int right = 0;
            for (int i = 0; i < 6; ++i) {
                const QPushButton* button = bar->button(static_cast<Step>(i));
                QCOMPARE(button->geometry(), places[i]);
                QVERIFY(bar->rect().contains(button->geometry()));
                QVERIFY(button->width() >= button->sizeHint().width());
                QVERIFY(button->x() >= right);
                right = button->geometry().right();
            }
            QVERIFY(bar->rect().contains(scroll->geometry()));
            QVERIFY(bar->rect().contains(where->geometry()));
            QVERIFY(where->geometry().bottom() < scroll->y() + 2);
            QVERIFY(where->heightForWidth(where->width()) <= where->height());
            // All of the rule can be read, at most by scrolling, which the keyboard can do too.
            QVERIFY(rule->height() >= rule->heightForWidth(rule->width()));
            QCOMPARE(scroll->focusPolicy() != Qt::NoFocus, rule->height() > scroll->height());
            step < 5 ? scalar::stepForward(content->named.graph, content->walk)
                     : scalar::stepBackward(content->named.graph, content->walk);
            bar->showValues();
            QCoreApplication::processEvents();
        }
    }
};

QTEST_MAIN(TestWalkBar)
#include "tst_walkbar.moc"
