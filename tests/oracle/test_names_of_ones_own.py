"""What a learner names attributes of a class of their own, or writes to a module's dictionaries, is theirs, as in PyTorch."""

import inspect

import pytest
import torch

import tinygrad_fr as tg
from tests.oracle.lines import comparisons, table

LAYERS = sorted(
    name
    for name in dir(torch.nn)
    for theirs in [getattr(torch.nn, name)]
    if inspect.isclass(theirs) and issubclass(theirs, torch.nn.Module) and hasattr(tg.nn, name)
)
OURS = {"copy", "rename"}  # of every module here
INSTANCES = {"transposed"}  # PyTorch's instances have it


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_needs_no_name_that_pytorchs_does_not_have(name):
    """A subclass may call its attributes anything, and would break the layer by a name that the layer itself reads."""
    public = {attribute for attribute in dir(getattr(tg.nn, name)) if not attribute.startswith("_")}
    assert public - set(dir(getattr(torch.nn, name))) <= OURS | INSTANCES


BEGIN = """
class Net(nn.Module):
    def __init__(s): super().__init__(); s.a=nn.Linear(2,2); s.act=nn.ReLU(); s.register_buffer('b',T.ones(2))
    def forward(s,x): return s.act(s.a(x))*s.b
m=Net(); x=T.randn(3,2); m(x)
see=lambda m: [m(x),list(m.state_dict()),[n for n,_ in m.named_modules()],[n for n,_ in m.named_parameters()]]
"""
WRITTEN = table("""
modules replaced | m._modules['act']=nn.Tanh(); R=see(m),type(m.act).__name__
modules replaced in a loop | \\nfor n,k in m._modules.items():\\n if isinstance(k,nn.ReLU): m._modules[n]=nn.Sigmoid()\\nR=see(m)
modules updated | m._modules.update(act=nn.Tanh()); R=see(m)
modules added | m._modules['z']=nn.Linear(1,1); R=see(m),m.z.weight
modules taken out | k=m._modules.pop('act'); R=hasattr(m,'act'),type(k).__name__
parameters replaced | m.a._parameters['weight']=nn.Parameter(T.zeros(2,2)); R=see(m),m.a.weight
parameters taken out | w=m.a._parameters.pop('weight'); m.a.weight=w.detach()*2; R=see(m)
parameters deleted | w=m.a.weight; del m.a._parameters['weight']; m.a.register_parameter('weight_v',nn.Parameter(w.data)); m.a.weight=m.a.weight_v*3; m(x).sum().backward(); R=see(m),m.a.weight_v.grad
parameters set to none | m.a._parameters['bias']=None; R=see(m),m.a.bias
a step of MAML | m.a._parameters['weight']=m.a.weight-.1*T.autograd.grad(m(x).sum(),m.a.weight)[0]; R=m(x)
buffers replaced | m._buffers['b']=T.zeros(2); R=see(m),m.b
buffers deleted | del m._buffers['b']; R=hasattr(m,'b')
buffers cleared | m._buffers.clear(); R=hasattr(m,'b'),list(m.state_dict())
set by default | R=type(m._modules.setdefault('act',nn.Tanh())).__name__,m._modules.setdefault('q',nn.Tanh()) is m.q
the last taken out | n,k=m._modules.popitem(); R=n,hasattr(m,n)
a name of a method | m._modules['forward_']=nn.ReLU(); m._modules['train']=nn.Tanh(); R=callable(m.train),m.train().training
deep copy | n=copy.deepcopy(m); n._modules['act']=nn.Tanh(); R=see(n),see(m)
pickle | n=pickle.loads(pickle.dumps(nn.Sequential(nn.Linear(2,2),nn.ReLU()))); n._modules['1']=nn.Tanh(); R=n(x),type(n[1]).__name__
compiled | f=compiled(lambda x: m(x).sum()); a=f(x),f(x); m._modules['act']=nn.Tanh(); b=f(x),f(x); m.a._parameters['weight']=nn.Parameter(T.ones(2,2)); R=a,b,f(x),f(x)
deleted attribute | del m.a; R=hasattr(m,'a'),list(m._modules)
keys that do not fit | R=repr(m.load_state_dict({'b':T.zeros(2),'z':T.zeros(1)},strict=False)),repr(m.load_state_dict(m.state_dict()))
""")
NAMED = table("""
an optimizer with a rate of its own | \\nclass K(T.optim.Optimizer):\\n def __init__(s,params,lr): s.lr=lr; s.params=3; super().__init__(params,{'lr':lr})\\n def step(s):\\n  for g in s.param_groups:\\n   for p in g['params']: p.data.add_(p.grad,alpha=-s.lr)\\nk=K(m.parameters(),.5); m(x).sum().backward(); k.step(); k.lr=7; c=T.optim.lr_scheduler.StepLR(k,1,.5); c.step(); k.zero_grad(); R=list(m.parameters()),k.lr,k.params,k.param_groups[0]['lr'],m.a.weight.grad
Adam with a rate of its own | \\nclass K(T.optim.Adam):\\n def __init__(s,*a,**k): super().__init__(*a,**k); s.lr=99; s.steps=0\\n def step(s): s.steps+=1; return super().step()\\nk=K(m.parameters(),lr=.1); m(x).sum().backward(); k.step(); R=list(m.parameters()),k.steps,k.param_groups[0]['lr']
an LSTM that counts | \\nclass K(nn.LSTM):\\n def __init__(s): super().__init__(2,3); s.step=0; s.gates='g'; s.options={}; s.sequence=[]; s.states=None\\n def forward(s,x): s.step+=1; return super().forward(x)\\nk=K(); R=go(k,x[:,None]),k.step
a batch norm of one's own | \\nclass K(nn.BatchNorm1d):\\n def __init__(s): super().__init__(2); s.per_sample=True; s.late=[1]\\nk=K(); R=go(k,x),k.late
activations of one's own | \\nclass K(nn.ReLU):\\n def __init__(s): super().__init__(); s.function=1; s.settings=2; s.said='s'; s.chosen=3\\nR=go(K(),x)
paddings and convolutions of one's own | \\nclass K(nn.Conv1d):\\n def __init__(s): super().__init__(1,1,1); s.dims=3\\nclass P(nn.ReflectionPad1d):\\n def __init__(s): super().__init__(1); s.dims=3; s.mode='m'\\nR=go(K(),x[:,None]),go(P(),x)
a module that is late | \\nclass K(nn.Module):\\n def __init__(s): super().__init__(); s.late=nn.Linear(2,2)\\nk=K(); R=repr(k.load_state_dict(k.state_dict()))
a data set with rows | \\nclass K(T.utils.data.Dataset):\\n def __init__(s): s.rows=[1.,2.,3.]; s.order='o'; s.arrays=s.tensors=0\\n def __len__(s): return 3\\n def __getitem__(s,i): return s.rows[i]\\nR=[b for b in T.utils.data.DataLoader(K(),2)],[b for b in T.utils.data.DataLoader(K(),2,shuffle=True)]
a tensor data set read one by one | \\nclass K(T.utils.data.TensorDataset):\\n def __getitem__(s,i): v,=super().__getitem__(i); return v*2 if i%2 else v\\nR=[b for b in T.utils.data.DataLoader(K(T.arange(5.)),2)]
norm without statistics | k=nn.BatchNorm1d(2,track_running_stats=False); R=k.running_mean,k.num_batches_tracked,hasattr(k,'running_var'),list(k.state_dict())
norm that stops tracking | k=nn.BatchNorm1d(2); k(x); k.track_running_stats=False; a=k(x*2); k.eval(); R=a,k(x*3),list(k.buffers())
""")
SAVED = table("""
a state beside tensors | \\nclass K(nn.Module):\\n def __init__(s,c=1): super().__init__(); s.c=c; s.l=nn.Linear(1,1)\\n def get_extra_state(s): return {'c':s.c}\\n def set_extra_state(s,d): s.c=d['c']\\na,b=nn.Sequential(K(7),nn.ReLU()),nn.Sequential(K(),nn.ReLU()); r=b.load_state_dict(a.state_dict()); R=list(a.state_dict()),a.state_dict()['0._extra_state'],b[0].c,repr(r),repr(b.load_state_dict({},strict=False))
a state beside tensors that is missing | \\nclass K(nn.Module):\\n def get_extra_state(s): return 1\\n def set_extra_state(s,d): pass\\nK().load_state_dict({})
a way of one's own to save | \\nclass K(nn.Linear):\\n def _save_to_state_dict(s,d,p,k): super()._save_to_state_dict(d,p,k); d[p+'more']=T.ones(1)\\n def _load_from_state_dict(s,d,p,*a): s.got=d.pop(p+'more'); super()._load_from_state_dict(d,p,*a)\\na,b=nn.Sequential(K(1,1)),nn.Sequential(K(1,1)); r=b.load_state_dict(a.state_dict()); R=list(a.state_dict()),b[0].got,b[0].weight
names of before | \\nclass K(nn.Linear):\\n def _load_from_state_dict(s,d,p,*a):\\n  if p+'w' in d: d[p+'weight']=d.pop(p+'w')\\n  super()._load_from_state_dict(d,p,*a)\\nk=K(1,1); r=k.load_state_dict({'w':T.ones(1,1),'bias':T.zeros(1)}); R=k.weight,repr(r)
a state of a part of one's own | \\nclass K(nn.Linear):\\n def state_dict(s,*a,**k): d=super().state_dict(*a,**k); d[k['prefix']+'seen']=T.ones(1); return d\\nR=list(nn.Sequential(nn.ReLU(),K(1,1)).state_dict())
hooks around a state | L=[]; m.a.register_state_dict_pre_hook(lambda k,p,v: L.append(p)); m.register_state_dict_post_hook(lambda k,d,p,i: d.update({p+'z':T.zeros(1)})); m.a.register_load_state_dict_pre_hook(lambda k,d,p,*a: L.append(sorted(d))); m.register_load_state_dict_post_hook(lambda k,i: i.unexpected_keys.clear()); d=m.state_dict(prefix='q.'); r=m.load_state_dict(m.state_dict()); R=list(d),L[0],repr(r)
a parameter of nothing | R=nn.Parameter().shape,nn.Parameter().requires_grad
""")
PROGRAMS = {name: BEGIN + program for name, program in (WRITTEN | NAMED | SAVED).items()}

test_program, test_named = comparisons(PROGRAMS, set(), set(), set())


@pytest.mark.parametrize("place", range(3))
def test_what_a_class_says_of_what_is_loaded_counts(place):
    found = []
    for root in (torch, tg):

        class Own(root.nn.Linear):
            def _load_from_state_dict(self, state, prefix, told, strict, *lists):
                lists[place].append("of my own")
                super()._load_from_state_dict(state, prefix, told, strict, *lists)

        layer = Own(2, 1)
        before = [p.detach().clone() for p in layer.parameters()]
        state = {name: value + 1 for name, value in layer.state_dict().items()}
        said = []
        for strict in (True, False):
            try:
                said.append(tuple(layer.load_state_dict(state, strict=strict)))
            except RuntimeError as error:
                said.append(("refused", "of my own" in str(error)))
        if root is tg and said[1] == ("refused", True):  # nothing is changed then
            assert all(bool((a == b).all()) for a, b in zip(before, layer.parameters(), strict=True))
        found.append(said)
    assert found[0] == found[1]
    assert said[0] == ("refused", True)
