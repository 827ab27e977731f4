"""Parameters that are shared, tied, changed by hand or read between an optimizer's steps, eagerly and in compiled steps, against PyTorch."""

from tests.oracle.lines import comparisons, table
from tests.oracle.test_lines_strangers import BEGIN, TAIL

OPTIMIZERS = {
    "SGD": "OPT = lambda p: O.SGD(p, .1)\n",
    "momentum": "OPT = lambda p: O.SGD(p, .1, momentum=.9)\n",
    "Adam": "OPT = lambda p: O.Adam(p, .05)\n",
}

# Steps s(x) of which each is run four times, as it is and compiled, with each optimizer; what is held is seen at the end.
STEPS = table(r"""
source alive | src=t([1.,2.,3.]); p=nn.Parameter(src); o=OPT([p])\ndef s(x): o.zero_grad(); l=((p*x)**2).mean(); l.backward(); o.step(); return l,src.sum()\nE=lambda: [src,p,src.detach(),p.detach()]
source a part | src=t([[1.,2.,3.],[4.,5.,6.]]); p=nn.Parameter(src[1]); o=OPT([p])\ndef s(x): o.zero_grad(); l=((p*x)**2).mean(); l.backward(); o.step(); return l,src.sum()\nE=lambda: [src,p]
two steps in one | o=OPT([p])\ndef s(x):\n r=[]\n for _ in range(2): o.zero_grad(); l=((p*x)**2).mean(); l.backward(); o.step(); r.append(l)\n return r\nE=lambda: [p,p.grad]
changed by hand before the step | o=OPT([p]); d=p.detach()\ndef s(x):\n o.zero_grad(); l=((p*x)**2).mean(); l.backward()\n with T.no_grad(): p.mul_(.9)\n o.step(); return l\nE=lambda: [p,d,p.detach().numpy().tolist()]
changed by hand after the step | o=OPT([p]); d=p.data[1:]\ndef s(x):\n o.zero_grad(); l=((p*x)**2).mean(); l.backward(); o.step()\n with T.no_grad(): p.clamp_(0,2)\n return l,p.sum()\nE=lambda: [p,d]
changed through data after the step | o=OPT([p])\ndef s(x):\n o.zero_grad(); l=((p*x)**2).mean(); l.backward(); o.step(); p.data.div_(p.data.norm()); return l,p.norm()\nE=lambda: [p]
a row set after the step | w=nn.Parameter(T.arange(6.).view(2,3)); o=OPT([w])\ndef s(x): o.zero_grad(); l=((x@w.T)**2).mean(); l.backward(); o.step(); w.data[0]=1.; return l,w.sum()\nE=lambda: [w]
read after the step | o=OPT([p])\ndef s(x): o.zero_grad(); l=((p*x)**2).mean(); l.backward(); o.step(); a=(p*2).sum(); b=(x@p).sum(); return l,a,b,p.detach().clone()\nE=lambda: [p]
read before and after | o=OPT(m.parameters())\ndef s(x): o.zero_grad(); a=m(x).mean(); l=(m(x)**2).mean(); l.backward(); o.step(); return a.detach(),m(x).mean().detach(),l\nE=lambda: list(m.parameters())
two models in turn | n=copy.deepcopy(m); o=OPT(m.parameters()); q=OPT(n.parameters())\ndef s(x):\n o.zero_grad(); l=(m(x)-n(x).detach()).pow(2).mean(); l.backward(); o.step(); q.zero_grad(); k=(n(x)-m(x).detach()-1).pow(2).mean(); k.backward(); q.step(); return l,k\nE=lambda: [*m.parameters(),*n.parameters()]
one graph, two optimizers | a,b=OPT(m[0].parameters()),OPT(m[2].parameters())\ndef s(x):\n a.zero_grad(); b.zero_grad(); l=(m(x)**2).mean(); l.backward(); a.step(); k=(m(x)**2).mean().detach(); b.step(); return l,k,(m(x)**2).mean().detach()\nE=lambda: list(m.parameters())
tied halfway | a,b=nn.Linear(3,3,bias=False),nn.Linear(3,3,bias=False); b.weight=a.weight; o=OPT(a.parameters())\ndef s(x): o.zero_grad(); l=(b(a(x))**2).mean(); l.backward(); o.step(); return l,(b(x)-a(x)).sum()\nE=lambda: [a.weight,b.weight]
tied by data | a,b=nn.Linear(3,3,bias=False),nn.Linear(3,3,bias=False); b.weight.data=a.weight.data; o=OPT(a.parameters())\ndef s(x): o.zero_grad(); l=(b(a(x))**2).mean(); l.backward(); o.step(); return l,(b(x)-a(x)).sum()\nE=lambda: [a.weight,b.weight]
gradient given by hand | o=OPT([p])\ndef s(x): p.grad=(x*p.detach()).mean(0); o.step(); return p.sum()\nE=lambda: [p,p.grad]
gradient kept over steps | o=OPT([p]); K=[]\ndef s(x): o.zero_grad(); ((p*x)**2).mean().backward(); K.append(p.grad.clone()); o.step(); return K[-1]\nE=lambda: K
accumulated forever | o=OPT([p])\ndef s(x): l=((p*x)**2).mean(); l.backward(); o.step(); return l\nE=lambda: [p,p.grad]
scaled loss | sc=[8.]; o=OPT([p])\ndef s(x):\n o.zero_grad(); l=((p*x)**2).mean(); (l*sc[0]).backward()\n p.grad/=sc[0]; sc[0]*=2; o.step(); return l\nE=lambda: [p,sc[0]]
embedding rows | e=nn.Embedding(5,3); o=OPT(e.parameters()); i=t([0,1,1,4])\ndef s(x): o.zero_grad(); l=((e(i)*x[:4])**2).sum(); l.backward(); o.step(); return l,e(i).sum()\nE=lambda: [e.weight]
embedding rows that change | e=nn.Embedding(5,3); o=OPT(e.parameters()); k=[0]\ndef s(x): k[0]+=1; i=T.tensor([k[0],k[0]%2]); o.zero_grad(); l=((e(i)*x[:2])**2).sum(); l.backward(); o.step(); return l\nE=lambda: [e.weight]
batch norm and its buffers | b=nn.BatchNorm1d(3); o=OPT(b.parameters()); v=b.running_mean[1:]\ndef s(x): o.zero_grad(); l=(b(x)**3).mean(); l.backward(); o.step(); return l,b.running_mean.sum()\nE=lambda: [*b.parameters(),*b.buffers(),v]
a list of parameters | w=nn.ParameterList([nn.Parameter(T.ones(3)*i) for i in range(3)]); o=OPT(w.parameters())\ndef s(x): o.zero_grad(); l=sum(((a*x)**2).mean() for a in w); l.backward(); o.step(); return l\nE=lambda: list(w)
weight norm | k=nn.utils.parametrizations.weight_norm(nn.Linear(3,2)); o=OPT(k.parameters())\ndef s(x): o.zero_grad(); l=(k(x)**2).mean(); l.backward(); o.step(); return l\nE=lambda: [k.weight]
spectral norm | k=nn.utils.parametrizations.spectral_norm(nn.Linear(3,2)); o=OPT(k.parameters())\ndef s(x): o.zero_grad(); l=(k(x)**2).mean(); l.backward(); o.step(); return l\nE=lambda: [k.weight]
numpy held | n=p.detach().numpy(); o=OPT([p])\ndef s(x): o.zero_grad(); l=((p*x)**2).mean(); l.backward(); o.step(); return l,float(n.sum())\nE=lambda: [p,n.tolist()]
parameters flattened | o=OPT(m.parameters())\ndef s(x): o.zero_grad(); l=(m(x)**2).mean(); l.backward(); o.step(); v=nn.utils.parameters_to_vector(m.parameters()); nn.utils.vector_to_parameters(v*.99,m.parameters()); return l,v.norm()\nE=lambda: list(m.parameters())
weights swapped in | o=OPT(m.parameters()); B=[q.detach().clone() for q in m.parameters()]\ndef s(x):\n o.zero_grad(); l=(m(x)**2).mean(); l.backward(); o.step(); k=[q.data.clone() for q in m.parameters()]\n for q,b in zip(m.parameters(),B): q.data.copy_(b)\n e=(m(x)**2).mean().detach()\n for q,b in zip(m.parameters(),k): q.data.copy_(b)\n return l,e\nE=lambda: list(m.parameters())
""")

PROGRAMS = {
    f"{name}, {how}{kind}": BEGIN + made + program.lstrip("\n") + compiled + TAIL
    for name, program in STEPS.items()
    for kind, made in OPTIMIZERS.items()
    for how, compiled in (("", ""), ("compiled, ", "\ns = compiled(s)"))
}

test_program, test_named = comparisons(PROGRAMS, set(), set(), set())
