<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>chainrule::LayerStackModel</name>
    <message numerus="yes">
        <source>%Ln features</source>
        <translation>
            <numerusform>%Ln feature</numerusform>
            <numerusform>%Ln features</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln features of each sample, nothing to learn</source>
        <translation>
            <numerusform>%Ln feature of each sample, nothing to learn</numerusform>
            <numerusform>%Ln features of each sample, nothing to learn</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 × %2 weights + %Ln biases</source>
        <translation>
            <numerusform>%1 × %2 weights + %Ln bias</numerusform>
            <numerusform>%1 × %2 weights + %Ln biases</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1, %2, %Ln values</source>
        <translation>
            <numerusform>%1, %2, %Ln value</numerusform>
            <numerusform>%1, %2, %Ln values</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1, %2, %3 parameters, %4 to %5</source>
        <translation>
            <numerusform>%1, %2, %3 parameter, %4 to %5</numerusform>
            <numerusform>%1, %2, %3 parameters, %4 to %5</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::LayerStackView</name>
    <message numerus="yes">
        <source>%1 parameters</source>
        <translation>
            <numerusform>%1 parameter</numerusform>
            <numerusform>%1 parameters</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::MainWindow</name>
    <message numerus="yes">
        <source>%1 · %2 · %n thread(s)</source>
        <translation>
            <numerusform>%1 · %2 · %n thread</numerusform>
            <numerusform>%1 · %2 · %n threads</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>chainrule::TrainPage</name>
    <message numerus="yes">
        <source>%1 wrong of %Ln test sample(s), %2</source>
        <translation>
            <numerusform>%1 wrong of %Ln test sample, %2</numerusform>
            <numerusform>%1 wrong of %Ln test samples, %2</numerusform>
        </translation>
    </message>
</context>
</TS>
