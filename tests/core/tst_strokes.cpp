// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/ink/strokes.h"

#include <QtTest>

#include <limits>

using namespace chainrule;

class TestStrokes : public QObject {
    Q_OBJECT

private slots:
    void reads()
    {
        const auto sample =
            readStrokeLine(R"({"strokes":[[[0,1],[2.5,-3e2]],[],[[7,8,0.5,12]]],"label":3})", "x:1");
        QVERIFY2(sample, sample ? "" : sample.error().message().c_str());
        const StrokeSample expected{{{{0, 1}, {2.5, -300}}, {}, {{7, 8}}}, 3};
        QVERIFY(*sample == expected);
    }

    void labelMayBeMissing()
    {
        for (const char* line :
             {R"({"strokes":[[[1,2]]]})", R"({"label":null,"strokes":[[[1,2]]],"writer":{"name":["w"]}})",
              "  {\"strokes\":[[[1,2]]]}\r"}) {
            const auto sample = readStrokeLine(line, "x");
            QVERIFY2(sample, line);
            QVERIFY(!sample->label);
            QCOMPARE(sample->strokes.size(), std::size_t{1});
        }
    }

    void comesBack()
    {
        const StrokeSample sample{{{{0.1 + 0.2, -1e-300}, {1e9, 1.0 / 3.0}}, {{-0.0, 5}}}, 255};
        const std::string line = writeStrokeLine(sample);
        QVERIFY(line.find('\n') == std::string::npos);
        const auto back = readStrokeLine(line, "x");
        QVERIFY2(back, line.c_str());
        QVERIFY(*back == sample);
        QCOMPARE(writeStrokeLine(*back), line);
        const StrokeSample unlabelled{{{{1, 2}}}, {}};
        QVERIFY(*readStrokeLine(writeStrokeLine(unlabelled), "x") == unlabelled);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* name, const QByteArray& line, const char* said) {
            QTest::newRow(name) << line << said;
        };
        row("empty", "", "JSON");
        row("words", "hello", "JSON");
        row("cut", R"({"strokes":[[[0,1],[2)", "JSON");
        row("more after the end", R"({"strokes":[[[0,1]]]} {})", "JSON");
        row("NaN", R"({"strokes":[[[0,NaN]]]})", "JSON");
        row("Infinity", R"({"strokes":[[[0,-Infinity]]]})", "JSON");
        row("beyond double", R"({"strokes":[[[0,1e999]]]})", "JSON");
        row("not UTF-8", "{\"strokes\":[[[0,1]]],\"x\":\"\xff\"}", "JSON");
        row("zero byte", QByteArray("{\"strokes\":[[[0,1]]]}\0", 22), "zero byte");
        row("list", "[[[0,1]]]", "object");
        row("number", "3", "object");
        row("no strokes", R"({"label":3})", "'strokes'");
        row("strokes null", R"({"strokes":null})", "list");
        row("strokes a text", R"({"strokes":"0,1"})", "list");
        row("strokes an object", R"({"strokes":{"x":[0,1]}})", "list");
        row("stroke a number", R"({"strokes":[[[0,1]],5]})", "stroke 2 is not");
        row("points without pairs", R"({"strokes":[[0,1,2,3]]})", "point 1 of stroke 1 is not");
        row("one coordinate", R"({"strokes":[[[0,1],[2]]]})", "point 2 of stroke 1 is not");
        row("text coordinate", R"({"strokes":[[[0,1]],[[0,"1"]]]})", "point 1 of stroke 2");
        row("null coordinate", R"({"strokes":[[[0,null]]]})", "point 1 of stroke 1");
        row("enormous", R"({"strokes":[[[0,1e10]]]})", "beyond");
        row("no points", R"({"strokes":[]})", "no points");
        row("empty strokes", R"({"strokes":[[],[]]})", "no points");
        row("text label", R"({"strokes":[[[0,1]]],"label":"3"})", "label");
        row("fraction label", R"({"strokes":[[[0,1]]],"label":3.5})", "label");
        row("real label", R"({"strokes":[[[0,1]]],"label":3.0})", "label");
        row("negative label", R"({"strokes":[[[0,1]]],"label":-1})", "label");
        row("large label", R"({"strokes":[[[0,1]]],"label":256})", "label");
        row("enormous label", R"({"strokes":[[[0,1]]],"label":99999999999999999999})", "label");
        row("twice", R"({"strokes":[[[0,1]]],"strokes":[[[0,1]]]})", "twice");
        row("deep", QByteArray(R"({"strokes":)") + QByteArray(100'000, '['), "deep");
        row("a million points",
            QByteArray(R"({"strokes":[[)") + QByteArray("[1,2],").repeated(500'000) + "[1,2]]]}", "values");
        row("too many points",
            QByteArray(R"({"strokes":[[)") + QByteArray("[1,2],").repeated(150'000) + "[1,2]]]}",
            "100,000 points");
        row("too long", QByteArray(4'000'001, ' '), "4,000,000 bytes");
    }

    void refuses()
    {
        QFETCH(QByteArray, line);
        QFETCH(QString, said);
        const auto sample =
            readStrokeLine({line.constData(), static_cast<std::size_t>(line.size())}, "file.jsonl:17");
        QVERIFY(!sample);
        QCOMPARE(QString::fromStdString(sample.error().what.english()), QString("file.jsonl:17"));
        QVERIFY2(QString::fromStdString(sample.error().why.english()).contains(said),
                 sample.error().why.english().c_str());
        QVERIFY(!sample.error().mend.empty());
    }
};

QTEST_GUILESS_MAIN(TestStrokes)
#include "tst_strokes.moc"
